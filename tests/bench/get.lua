-- GET with the bearer tokens of a file, one for each connection's turn: wrk -s get.lua URL -- tokens
local folder = debug.getinfo(1, 'S').source:match('@(.*/)')
dofile(folder .. 'done.lua')

local requests, at = {}, 0

function init(args)
	for token in io.lines(args[1]) do
		requests[#requests + 1] = wrk.format('GET', nil, { ['Authorization'] = 'Bearer ' .. token })
	end
end

function request()
	at = at % #requests + 1
	return requests[at]
end
