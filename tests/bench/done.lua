-- What every script for wrk ends with: one line of JSON behind the word "bench:".
function done(summary, latency)
	local e = summary.errors
	io.write(string.format(
	    'bench: {"requests":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"errors":%d}\n',
	    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), e.status,
	    e.connect + e.read + e.write + e.status + e.timeout))
end
