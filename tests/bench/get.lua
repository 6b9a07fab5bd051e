-- GET with the header lines of a file, taken in turn: wrk -s get.lua URL -- heads
local folder = debug.getinfo(1, 'S').source:match('@(.*/)')
dofile(folder .. 'done.lua')

local requests, at = {}, 0

function init(args)
	for line in io.lines(args[1]) do
		local name, value = line:match('^([^:]+): (.*)$')
		requests[#requests + 1] = wrk.format('GET', nil, { [name] = value })
	end
end

function request()
	at = at % #requests + 1
	return requests[at]
end
