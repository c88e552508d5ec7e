-- The forms that a rule can demand of a text, such as uuid.

local check = require "cbr.util.check"
local text_forms = require "cbr.util.text_forms"

local function has_form(form, value)
  return #check.problems({ { name = "text", type = "string", form = form } }, { text = value }) == 0
end

describe("forms of texts", function()
  it("each form of a text accepts the texts that have this form, and no other texts", function()
    local seen = {}
    for form, examples in pairs {
      uuid = {
        good = { "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", "0B7E4A4C-6A8A-4F10-9A5E-1D1C5F0D3C21" },
        bad = { "", "0b7e4a4c6a8a4f109a5e1d1c5f0d3c21", "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c2g" },
      },
      id = {
        good = {
          "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", "mock_vault_id", "new_policy_id1", "-", ("a"):rep(64), "order1",
        },
        bad = {
          "", "my vault", "a/b", ".", "..", "a..b", "a%2Fb", "a\nb", "a\0", "{project_id}", "é", ("a"):rep(65),
          "batch-update", "summary",
        },
      },
      project = { good = { ("0a"):rep(16) }, bad = { ("0a"):rep(15), ("0a"):rep(17), ("0g"):rep(16) } },
      region = { good = { "cn-north-4", "eu-de" }, bad = { "", "a b", "a/b", "a\n" } },
      line = { good = { "", "two words", "é" }, bad = { "a\nb", "a\0b", "\127" } },
      name = { good = { "", "vault_1-a", "备份" }, bad = { "a b", "a.b", "a/b" } },
      description = { good = { "", "any text, even\nof two lines" }, bad = { "<b>", "a>b" } },
      time = { good = { "2018-02-01T12:00:00Z" }, bad = { "2018-02-01", "2018-02-01T12:00:00", "yesterday" } },
      region_in_body = { good = { "eu-de", "a.b_c" }, bad = { "", "a b", "a/b" } },
      word = { good = { "", "pre_paid-1" }, bad = { "a b", "é" } },
      timezone = { good = { "UTC+08:00", "UTC-03:30" }, bad = { "", "UTC", "UTC+8", "CET", "'UTC+08:00'" } },
      duration = { good = { "26h", "0s", "7d" }, bad = { "", "26", "h", "1.5h", "1h30m", "-1h", "26 h" } },
      version = { good = { "1.0.12", "v1.0.12" }, bad = { "", "1.0", "1.0.", "1.0.1234" } },
      file_path = { good = { "/data", [[C:\data]], "share:/x", "//host/x" }, bad = { "", "data", "/" } },
      segment = {
        good = { "a", "two words", "...", "é%2F", "a..b" }, bad = { "", ".", "..", "a/b", "a\nb", "{project_id}" },
      },
    } do
      seen[form] = true
      for _, value in ipairs(examples.good) do
        assert.is_true(has_form(form, value), form .. ": " .. value)
      end
      for _, value in ipairs(examples.bad) do
        assert.is_false(has_form(form, value), form .. ": " .. value)
      end
    end
    for form, known in pairs(text_forms) do
      assert.is_true(seen[form], form)
      assert.is_string(known.says)
    end
  end)
end)
