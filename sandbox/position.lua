--- Finds the first item of a list that has `value` in its field `field`. Returns its position; nil if no item has it.
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
