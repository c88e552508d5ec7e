--- The position of the first item of a list whose field has this value; nil if no item has the value.
---@param list table[]
---@param field string
---@param value any
---@return integer?
return function(list, field, value)
  for i, item in ipairs(list) do
    if item[field] == value then
      return i
    end
  end
end
