-- The memory below the running function's stack frame contains no secret that the signer has computed.

local support = require "spec.helpers.support"

describe("the stack after signing #process", function()
  local counts

  setup(function()
    local program = os.tmpname()
    local output, ok = support.run(("cc -std=gnu11 -O2 -Isrc -o %s spec/helpers/programs/dead_stack.c src/buffer.c "
      .. "src/uri.c -Wl,-z,now -lnettle"):format(program))
    assert.is_true(ok, output)
    output, ok = support.run(program)
    os.remove(program)
    assert.is_true(ok, output)
    counts = {}
    for name, count in output:gmatch "(%S+) (%d+)\n" do
      counts[name] = tonumber(count)
    end
  end)

  it("after signing, the stack contains no text that was hashed, since a security token may be in that text", function()
    assert.equal(0, counts.text)
  end)

  it("after signing, the stack contains no secret key that was padded for HMAC", function()
    assert.same({ 0, 0 }, { counts.key_inner, counts.key_outer })
  end)

  it("after signing, the stack has no signature, and no hash state that can sign without the secret key", function()
    assert.same({ 0, 0, 0, 0 }, { counts.digest, counts.hex, counts.outer, counts.inner })
  end)

  it("after signing, the stack contains no derived key", function()
    assert.same({ 0, 0, 0, 0 },
      { counts.derived_key, counts.derived_hex, counts.derived_outer, counts.derived_inner })
  end)
end)
