--- The meanings of the operations on features, in the form of cbr.operations.about.

return {
  list_features = {
    does = "Lists the features that the service has in this region.",
    returns = "An object from keys of features, such as `replication.enable`, to the values of these features.",
    huawei_only = true,
    result = { { "*", "any", "Value of the feature with this key." } },
  },
  show_feature = {
    does = "Shows one feature of the service in this region.",
    returns = "An object with the value of the feature.",
    huawei_only = true,
    params = { feature_key = "Key of the feature, such as `replication.destination_regions`." },
    result = { { "*", "any", "Value of the feature with this key." } },
  },
}
