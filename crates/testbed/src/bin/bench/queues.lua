-- Fills an empty Redis as RQ 2 would: 1,000 queues with jobs in each state, and 500 workers that listen to four queues
-- each. Neither exporter opens the jobs' own keys.
local now = tonumber(redis.call('TIME')[1])

local function register(registry, queue, jobs, score)
    for job = 1, jobs do
        redis.call('ZADD', 'rq:' .. registry .. ':' .. queue, score, queue .. '-' .. registry .. '-' .. job)
    end
end

for n = 1, 1000 do
    local queue = string.format('queue-%04d', n)
    redis.call('SADD', 'rq:queues', 'rq:queue:' .. queue)
    for job = 1, n % 20 do
        redis.call('RPUSH', 'rq:queue:' .. queue, queue .. '-' .. job)
    end
    register('finished', queue, n % 15, now + 500)
    register('failed', queue, n % 5, now + 31536000)
    register('deferred', queue, n % 3, now)
    register('scheduled', queue, n % 4, now + 3600)
end

for n = 1, 500 do
    local name = string.format('%032x', n)
    local worker = 'rq:worker:' .. name
    local queues = {}
    for i = 1, 4 do
        local queue = string.format('queue-%04d', (n * 2 + i * 250) % 1000 + 1)
        queues[i] = queue
        redis.call('SADD', 'rq:workers:' .. queue, worker)
    end
    redis.call('SADD', 'rq:workers', worker)
    redis.call('HSET', worker,
        'birth', '2026-11-22T20:08:34.440065Z', 'last_heartbeat', '2026-11-22T20:08:34.440065Z',
        'queues', table.concat(queues, ','), 'pid', n, 'hostname', 'worker-' .. n, 'ip_address', '10.0.0.1',
        'version', '2.0.0', 'python_version', '3.12.0', 'state', n % 2 == 0 and 'busy' or 'idle',
        'successful_job_count', n * 10, 'failed_job_count', n, 'total_working_time', n * 100)
    redis.call('EXPIRE', worker, 3600)
    if n % 2 == 0 then
        redis.call('ZADD', 'rq:wip:' .. queues[1], now + 3600, queues[1] .. '-started-' .. n .. ':' .. name)
    end
end
