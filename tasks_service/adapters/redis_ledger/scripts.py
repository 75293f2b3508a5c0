"""The scripts. Each runs as a whole or not at all; they look into no value, only at its stamp.

Every script is given all keys, in the order of ``KEYS``.
"""

KEYS = ("term", "jobs", "rows", "runs", "queued", "running", "sent", "under_way", "dirty", "moved")
"""
| key | what it holds |
|---|---|
| term | the highest term of a leader that has written |
| jobs | job_uid → its seat |
| rows | job_uid and slot → the occurrence with its runs |
| runs | run_id → the name of its row |
| queued | queued runs by ``not_before`` |
| running | run_id → job_uid, and ``b`` where it is a backfill |
| sent | run_id → when it was last sent to the workers |
| under_way | job_uid → how many of its runs are queued or running, backfills apart |
| dirty | names of rows that changed since they were folded, by due time |
| moved | jobs whose seat changed since it was folded |
"""

COMMIT = """
local term, draft = ARGV[1], cjson.decode(ARGV[2])
if term ~= '' then
  local highest = tonumber(redis.call('GET', KEYS[1]) or '0')
  if tonumber(term) < highest then return 'superseded' end
  if tonumber(term) > highest then redis.call('SET', KEYS[1], term) end
end
for _, e in ipairs(draft.expected) do
  local text = redis.call('HGET', KEYS[e[1]], e[2])
  if (text and string.match(text, '^%S+') or '') ~= e[3] then return 'changed' end
end
for _, c in ipairs(draft.commands) do
  redis.call(c[1], KEYS[c[2]], unpack(c, 3))
end
return 'done'
"""
"""ARGV: the leader's term or nothing; what to compare, and the commands to run if nothing has changed."""

READY = """
local now, limit, before = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local members = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now)
table.sort(members)
local busy, due, tried, filling, found = {}, {}, {}, false, {}
local function parts(member) return string.match(member, '^(%S+) %S+ (%S) (%S+) (%S+)$') end
local function sent(id)
  return before and tonumber(redis.call('HGET', KEYS[7], id) or '-1') >= before
end
local function answer(id)
  if not sent(id) and #found < 2 * limit then
    found[#found + 1] = id
    found[#found + 1] = redis.call('HGET', KEYS[3], redis.call('HGET', KEYS[4], id))
  end
end
for _, value in ipairs(redis.call('HVALS', KEYS[6])) do
  local uid, mark = string.match(value, '^(%S+) ?(%S*)$')
  busy[uid] = true
  if mark == 'b' then filling = true end
end
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '(' .. now, '+inf')) do
  local slot, flag, uid = parts(member)
  if flag == 'r' and (not tried[uid] or slot < tried[uid]) then tried[uid] = slot end
end
local fills = {}
for _, member in ipairs(members) do
  local _, flag, uid, id = parts(member)
  if flag == 'b' then
    fills[#fills + 1] = {uid, id}
    if sent(id) then
      busy[uid] = true
      filling = true
    end
  else
    due[uid] = true
  end
end
for _, member in ipairs(members) do
  local slot, flag, uid, id = parts(member)
  if flag == '-' or flag == 'm' then
    answer(id)
  elseif flag ~= 'b' then
    if not busy[uid] and not (tried[uid] and tried[uid] < slot) then answer(id) end
    busy[uid] = true
  end
end
if filling then return found end
for _, fill in ipairs(fills) do
  local uid, id = fill[1], fill[2]
  if not busy[uid] and not due[uid] then
    answer(id)
    busy[uid] = true
  end
end
return found
"""
"""ARGV: now, the most runs to answer, and the moment before which they must have been sent. Answers ids and rows.

Backfills come last, one of a job, and only while none is running and nobody may just be beginning one.
"""

SNAPSHOT = """
local limit = tonumber(ARGV[1])
local keys = redis.call('ZRANGE', KEYS[9], 0, limit - 1)
local rows, uids, seats, more = {}, {}, {}, 0
if #keys > 0 then rows = redis.call('HMGET', KEYS[3], unpack(keys)) end
if redis.call('ZCARD', KEYS[9]) > #keys then
  more = 1
else
  uids = redis.call('SRANDMEMBER', KEYS[10], limit)
  if #uids > 0 then seats = redis.call('HMGET', KEYS[2], unpack(uids)) end
  if redis.call('SCARD', KEYS[10]) > #uids then more = 1 end
end
return {keys, rows, uids, seats, more}
"""
"""ARGV: how many. A cursor is answered only when no row is left out: it must never be folded before its rows."""

FOLDED = """
local told = cjson.decode(ARGV[1])
local function same(key, field, stamp)
  local text = redis.call('HGET', key, field)
  return (text and string.match(text, '^%S+') or '') == stamp
end
for _, row in ipairs(told.rows) do
  if same(KEYS[3], row[1], row[2]) then
    redis.call('ZREM', KEYS[9], row[1])
    if row[3] == 'closed' then
      redis.call('HDEL', KEYS[3], row[1])
      if #row > 3 then redis.call('HDEL', KEYS[4], unpack(row, 4)) end
    end
  end
end
for _, job in ipairs(told.jobs) do
  if same(KEYS[2], job[1], job[2]) then redis.call('SREM', KEYS[10], job[1]) end
end
"""
"""ARGV: rows and seats as they were folded; those that changed meanwhile stay to be folded again."""
