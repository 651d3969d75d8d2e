-- The operations that need no sandbox.
local OPEN = {create = true, find = true, use = true, enter = true, all = true, drop = true, amend = true, open = true}

local operation, c = ARGV[1], ARGV[2]
local m = meta(c)
if not OPEN[operation] and call('EXISTS', m) == 0 then return {DROPPED} end
return ops[operation](c, m, unpack(ARGV, 3))
