-- POST with a body and a key of its own for each request: wrk -s send.lua URL -- path heads bodies [key]
--
-- heads: a header line for each of the callers, taken in turn. bodies: a JSON a line, taken at random. key: an
-- Idempotency-Key goes along, never the same twice.
local folder = debug.getinfo(1, 'S').source:match('@(.*/)')
dofile(folder .. 'done.lua')

local threads, heads, bodies, path, key, at = 0, {}, {}, nil, nil, 0

function setup(thread)
	thread:set('number', threads)
	threads = threads + 1
end

function init(args)
	path = args[1]
	for line in io.lines(args[2]) do heads[#heads + 1] = line end
	for line in io.lines(args[3]) do bodies[#bodies + 1] = line end
	key = args[4] and string.format('Idempotency-Key: bench-%s-%d-', args[4], number)
	at = number * 7
end

function request()
	at = at + 1
	local body = bodies[math.random(#bodies)]
	local once = key and key .. at .. '\r\n' or ''
	return 'POST ' .. path .. ' HTTP/1.1\r\nHost: dure\r\nContent-Type: application/json\r\n' .. once ..
	    heads[at % #heads + 1] .. '\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
end
