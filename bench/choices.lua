-- For wrk: posts the same form over and over, and prints what came of it as one line of JSON.
-- Arguments: the body, and the host to name.
function init(args)
  wrk.method = "POST"
  wrk.body = args[1]
  wrk.headers["Host"] = args[2]
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Sec-Fetch-Site"] = "same-origin"
  wrk.headers["Accept-Language"] = "fr-FR,fr;q=0.9,en;q=0.8"
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
