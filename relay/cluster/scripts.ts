/**
 * What the engine does in one step, so that no two processes can see a room half changed: Lua, run by Redis. All that a process is told of a
 * room comes as records on its own channel, in the order in which these scripts ran; `records.ts` reads them.
 *
 * A room is a hash: `e` expiry, `q` entries so far, `a` those to all, `n` seats, `z` bytes of its log; for each seat `m<inst>` the process that
 * serves it or `~<ms>` since when none does, `o<inst>` what it sent to all, `d<inst>` what was sent to it alone, `b<inst>` what makes
 * `b + a - o + d` the RECVs that it was ever given. So the engine can say what a page lacks without having been told what it got.
 * Beside it a list, the log: its last entries; and a set, the processes that have seats there. Rooms have blinded names.
 *
 * A script touches keys that it finds by itself: one Redis, or a primary with its replicas, and no Redis Cluster.
 */

/** A process that has not been heard of for so long is dead. */
export const deadMs = 5000;

const prelude = `
local T = redis.call('TIME')
local now = T[1] * 1000 + math.floor(T[2] / 1000)
local function room(id) return 'hushroom:room:' .. id end
local function log(id) return 'hushroom:log:' .. id end
local function places(id) return 'hushroom:places:' .. id end
local function roomsOf(self) return 'hushroom:rooms-of:' .. self end
local processes = 'hushroom:processes'

local letters = {}
local function post(to, ...)
  local mine = letters[to]
  if not mine then mine = {} letters[to] = mine end
  for _, piece in ipairs({...}) do mine[#mine + 1] = piece end
end
local function postOthers(id, self, ...)
  for _, to in ipairs(redis.call('SMEMBERS', places(id))) do if to ~= self then post(to, ...) end end
end
local function deliver()
  for to, mine in pairs(letters) do redis.call('PUBLISH', 'hushroom:to:' .. to, table.concat(mine)) end
end

local function number(id, field) return tonumber(redis.call('HGET', room(id), field) or 0) end
local function drop(id, inst)
  redis.call('HDEL', room(id), 'm' .. inst, 'b' .. inst, 'o' .. inst, 'd' .. inst)
  if redis.call('HINCRBY', room(id), 'n', -1) <= 0 then redis.call('DEL', room(id), log(id)) end
end
local function seats(id)
  local found, fields = {}, redis.call('HGETALL', room(id))
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 1) == 'm' and #fields[i] == 17 then found[string.sub(fields[i], 2)] = fields[i + 1] end
  end
  return found
end
local function awaySince(owner) return tonumber(string.match(owner, '^~(%d+)$')) end
local function listed(found, except)
  local pieces, count = {}, 0
  for inst, owner in pairs(found) do
    if inst ~= except then
      count = count + 1
      pieces[count] = inst .. (awaySince(owner) and '\\1' or '\\0')
    end
  end
  return string.char(count) .. table.concat(pieces)
end
local function keep(id, self, ttl)
  redis.call('PEXPIRE', room(id), ttl)
  redis.call('SADD', places(id), self)
  redis.call('PEXPIRE', places(id), ttl)
  redis.call('SADD', roomsOf(self), id)
end
-- An entry is flags[1] | dst[16] | type[1] | src[16] | frame. In records its length stands before it.
local everyone = string.rep('\\0', 16)
local function isFor(entry, inst)
  local dst = string.sub(entry, 2, 17)
  if dst == everyone then return string.sub(entry, 19, 34) ~= inst end
  return dst == inst
end
local function sized(entry) return struct.pack('>I4', #entry) .. entry end
`;

/**
 * ARGV: room, process, inst, expiry, lastRecv, 1 where the process keeps this seat's queue, seats a room may have, grace ms, time to live
 * ms, token.
 */
const join = `
local id, self, inst, expiry, received, has, most, grace, ttl, token =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9], tonumber(ARGV[10])
local known = redis.call('HGET', room(id), 'e')
if known and known ~= expiry then return 'bad-expiry' end
local found, count = seats(id), 0
for other, owner in pairs(found) do
  local since = awaySince(owner)
  if since and now - since > grace then
    drop(id, other)
    found[other] = nil
    postOthers(id, '', '\\5', id, other)
  else count = count + 1 end
end
local owner = found[inst]
if not owner and count >= most then return 'full' end
redis.call('HSET', room(id), 'e', expiry, 'm' .. inst, self)
if not owner then
  redis.call('HINCRBY', room(id), 'n', 1)
  redis.call('HSET', room(id), 'b' .. inst, -number(id, 'a'))
end
keep(id, self, ttl)
-- Whoever was served while the engine was gone may have got more than it knows of.
local given = number(id, 'b' .. inst) + number(id, 'a') - number(id, 'o' .. inst) + number(id, 'd' .. inst)
if received > given then
  redis.call('HINCRBY', room(id), 'b' .. inst, received - given)
  given = received
end
local lacks, queue = 0, {}
if owner and has == '0' then
  lacks = math.max(0, given - received)
  local at = -1
  while lacks > 0 do
    local some = redis.call('LRANGE', log(id), at - 63, at)
    for i = #some, 1, -1 do
      if lacks > 0 and isFor(some[i], inst) then
        lacks = lacks - 1
        table.insert(queue, 1, sized(some[i]))
      end
    end
    if #some < 64 then break end
    at = at - 64
  end
end
postOthers(id, self, '\\3', id, inst)
local missed = table.concat(queue)
post(self, struct.pack('>Bc16I4I4BI4I4', 6, id, token, number(id, 'q'), owner and 1 or 0, given, lacks), listed(found, inst),
  struct.pack('>I4', #missed), missed)
deliver()
return 'ok'
`;

/**
 * ARGV: process, batch, time to live ms of a log, bytes of a log; then for each room: its id, how many counters follow (name, amount), how many
 * entries follow. Returns the positions, from 1, of the rooms that the engine does not know.
 */
const append = `
local self, batch, ttl, most = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local at, position, unknown = 5, 0, {}
while ARGV[at] do
  local id, counters = ARGV[at], tonumber(ARGV[at + 1])
  local first = at + 2 + 2 * counters + 1
  local count = tonumber(ARGV[first - 1])
  position = position + 1
  if redis.call('HEXISTS', room(id), 'e') == 0 then
    unknown[#unknown + 1] = position
  else
    for i = at + 2, first - 3, 2 do redis.call('HINCRBY', room(id), ARGV[i], ARGV[i + 1]) end
    local last = redis.call('HINCRBY', room(id), 'q', count)
    local bytes, pieces = 0, {}
    for i = first, first + count - 1 do
      local entry = ARGV[i]
      pieces[#pieces + 1] = sized(entry)
      -- What is not kept has its place all the same.
      if string.byte(entry, 1) == 1 then entry = string.sub(entry, 1, 34) end
      bytes = bytes + #entry
      redis.call('RPUSH', log(id), entry)
    end
    local held = redis.call('HINCRBY', room(id), 'z', bytes)
    while held > most do
      local oldest = redis.call('LPOP', log(id))
      if not oldest then
        redis.call('HSET', room(id), 'z', 0)
        break
      end
      held = redis.call('HINCRBY', room(id), 'z', -#oldest)
    end
    redis.call('PEXPIRE', log(id), ttl)
    local body = table.concat(pieces)
    postOthers(id, self, struct.pack('>Bc16I4I4I4', 1, id, last - count + 1, count, #body), body)
    post(self, struct.pack('>Bc16I4I4I4', 2, id, last - count + 1, count, batch))
  end
  at = first + count
end
deliver()
return unknown
`;

/** ARGV: room, process, inst. The seat has no socket any more. */
const away = `
local id, self, inst = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HGET', room(id), 'm' .. inst) ~= self then return 0 end
redis.call('HSET', room(id), 'm' .. inst, '~' .. string.format('%.0f', now))
postOthers(id, self, '\\4', id, inst)
deliver()
return 1
`;

/** ARGV: room, process, inst, grace ms. The seat was given up, or has been away for the grace time. */
const left = `
local id, self, inst, grace = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local owner = redis.call('HGET', room(id), 'm' .. inst)
local since = owner and awaySince(owner)
-- Half a second for what the processes' timers differ by.
if not owner or (owner ~= self and (not since or now - since < grace - 500)) then return 0 end
drop(id, inst)
postOthers(id, self, '\\5', id, inst)
deliver()
return 1
`;

/** ARGV: process, room... It has no seat there any more. */
const forget = `
for i = 2, #ARGV do
  redis.call('SREM', places(ARGV[i]), ARGV[1])
  redis.call('SREM', roomsOf(ARGV[1]), ARGV[i])
end
return 0
`;

/** ARGV: process, then for each room of the process: its id and its time to live ms. */
const touch = `
for i = 2, #ARGV, 2 do
  redis.call('PEXPIRE', room(ARGV[i]), ARGV[i + 1])
  redis.call('PEXPIRE', places(ARGV[i]), ARGV[i + 1])
end
return 0
`;

/**
 * ARGV: process, ms after which one is dead. About once a second; the seats of the dead become away. Returns how many processes live,
 * negative where this one had been taken for dead.
 */
const tick = `
local self, dead = ARGV[1], tonumber(ARGV[2])
local isNew = redis.call('ZADD', processes, now, self)
redis.call('PEXPIRE', processes, dead * 12)
for _, other in ipairs(redis.call('ZRANGEBYSCORE', processes, '-inf', now - dead)) do
  for _, id in ipairs(redis.call('SPOP', roomsOf(other), 200)) do
    redis.call('SREM', places(id), other)
    for inst, owner in pairs(seats(id)) do
      if owner == other then
        redis.call('HSET', room(id), 'm' .. inst, '~' .. string.format('%.0f', now))
        postOthers(id, '', '\\4', id, inst)
      end
    end
  end
  if redis.call('SCARD', roomsOf(other)) == 0 then redis.call('ZREM', processes, other) end
end
deliver()
local living = redis.call('ZCARD', processes)
return isNew == 1 and -living or living
`;

/** ARGV: the name that this process had before it was cut off: whatever stands under it and is not announced again is gone. */
const retire = `
return redis.call('ZADD', processes, 'XX', 0, ARGV[1])
`;

/**
 * ARGV: room, process, expiry, last entry that the process has seen, time to live ms, ms after which a process is dead; then for each of
 * its seats: inst, RECVs it was given, ms since it is away or -1. The process was cut off from the engine, or the engine has forgotten.
 */
const announce = `
local id, self, expiry, seen, ttl, dead = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local known = redis.call('HGET', room(id), 'e')
if known and known ~= expiry then return 'bad-expiry' end
redis.call('HSET', room(id), 'e', expiry)
if number(id, 'q') < seen then redis.call('HSET', room(id), 'q', seen) end
local last = number(id, 'q')
local mine = {}
for i = 7, #ARGV, 3 do mine[ARGV[i]] = tonumber(ARGV[i + 1]) end
-- What this process has not seen, but for what it sent itself: it has delivered that already.
local missed = {}
if last > seen then
  for _, entry in ipairs(redis.call('LRANGE', log(id), seen - last, -1)) do
    if not mine[string.sub(entry, 19, 34)] then missed[#missed + 1] = entry end
  end
end
local taken, count = {}, 0
for i = 7, #ARGV, 3 do
  local inst, given, awayFor = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local owner = redis.call('HGET', room(id), 'm' .. inst)
  if owner and owner ~= self and not awaySince(owner) and now - tonumber(redis.call('ZSCORE', processes, owner) or 0) < dead then
    count = count + 1
    taken[count] = inst
  else
    if not owner then redis.call('HINCRBY', room(id), 'n', 1) end
    redis.call('HSET', room(id), 'm' .. inst, awayFor < 0 and self or '~' .. string.format('%.0f', now - awayFor))
    for _, entry in ipairs(missed) do if isFor(entry, inst) then given = given + 1 end end
    redis.call('HSET', room(id), 'b' .. inst, given - (number(id, 'a') - number(id, 'o' .. inst) + number(id, 'd' .. inst)))
    postOthers(id, self, awayFor < 0 and '\\3' or '\\4', id, inst)
  end
end
keep(id, self, ttl)
for i = 1, #missed do missed[i] = sized(missed[i]) end
local body = table.concat(missed)
post(self, struct.pack('>Bc16I4', 7, id, last), listed(seats(id), ''), string.char(count), table.concat(taken), struct.pack('>I4', #body), body)
deliver()
return 'ok'
`;

/**
 * ARGV: visitor, process, what: 1 opens a socket, -1 closes one, 0 spends on errands; sockets it may have, tokens a ms, most tokens, tokens
 * wanted. A token bucket that all processes draw from, and a count of open sockets by process, so that those of the dead do not count.
 * Returns 0, or -1 where the visitor has all sockets, or the ms after which there are tokens again.
 */
const admit = `
local visitor, self, what, most, rate, burst, cost =
  'hushroom:visitor:' .. ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if what < 0 then
  if redis.call('HINCRBY', visitor, 'p' .. self, -1) <= 0 then redis.call('HDEL', visitor, 'p' .. self) end
  return 0
end
if what == 1 then
  local open, fields = 0, redis.call('HGETALL', visitor)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 1) == 'p' then
      if redis.call('ZSCORE', processes, string.sub(fields[i], 2)) then open = open + tonumber(fields[i + 1])
      else redis.call('HDEL', visitor, fields[i]) end
    end
  end
  if open >= most then return -1 end
end
local bucket = what == 1 and 'c' or 'e'
local tokens = tonumber(redis.call('HGET', visitor, bucket) or burst)
local at = tonumber(redis.call('HGET', visitor, bucket .. '@') or now)
tokens = math.min(burst, tokens + (now - at) * rate)
local wait = 0
if tokens < cost then wait = math.ceil((cost - tokens) / rate)
else tokens = tokens - cost end
redis.call('HSET', visitor, bucket, string.format('%.3f', tokens), bucket .. '@', string.format('%.0f', now))
redis.call('PEXPIRE', visitor, 24 * 60 * 60 * 1000)
if wait == 0 and what == 1 then redis.call('HINCRBY', visitor, 'p' .. self, 1) end
return wait
`;

export const scripts = {
  join: prelude + join,
  append: prelude + append,
  away: prelude + away,
  left: prelude + left,
  forget: prelude + forget,
  touch: prelude + touch,
  tick: prelude + tick,
  retire: prelude + retire,
  announce: prelude + announce,
  admit: prelude + admit,
} as const;

export type ScriptName = keyof typeof scripts;
