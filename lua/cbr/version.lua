--- The version of the module; written here and nowhere else.
return "0.1.0"
