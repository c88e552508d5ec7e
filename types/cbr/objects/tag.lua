---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Tag
---@field key? string Key of the tag.
---@field value? string Value of the tag.
