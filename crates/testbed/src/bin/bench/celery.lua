-- Fills an empty Redis as Celery 5 and Nautobot 3 would: 1,000 queues, each bound to an exchange of its name. In half of them
-- messages wait in all four lists, in two thirds of the others in the first one. Workers hold 300 more, 100 of which have an ETA.
local separator = '\6\22'
local body = string.rep('W1tdLCB7fSwgeyJj', 40)

local function message(queue, id, priority, eta)
    local headers = string.format(
        '{"lang":"py","task":"nautobot.extras.jobs.run_job","id":"%s","shadow":null,"eta":%s,"expires":null,"group":null,' ..
        '"group_index":null,"retries":0,"timelimit":[null,null],"root_id":"%s","parent_id":null,' ..
        '"argsrepr":"(\'jobs.module.Job%d\',)","kwargsrepr":"{}","origin":"gen7@nautobot","ignore_result":false,' ..
        '"replaced_task_nesting":0,"stamped_headers":null,"stamps":{},"nautobot_job_queue_type":"celery"}',
        id, eta, id, priority)
    local properties = string.format(
        '{"correlation_id":"%s","reply_to":"%s","delivery_mode":2,"delivery_info":{"exchange":"","routing_key":"%s"},' ..
        '"priority":%d,"body_encoding":"base64","delivery_tag":"%s"}',
        id, id, queue, priority, id)
    return string.format(
        '{"body":"%s","content-encoding":"utf-8","content-type":"application/x-nautobot-json","headers":%s,"properties":%s}',
        body, headers, properties)
end

local messages = 0
local function id()
    messages = messages + 1
    return string.format('00000000-0000-4000-8000-%012d', messages)
end

local function send(queue, priority, tasks)
    local list = priority == 0 and queue or queue .. separator .. priority
    for task = 1, tasks do
        redis.call('LPUSH', list, message(queue, id(), priority, 'null'))
    end
end

for n = 1, 1000 do
    local queue = string.format('queue-%04d', n)
    redis.call('SADD', '_kombu.binding.' .. queue, queue .. separator .. separator .. queue)
    if n % 2 == 0 then
        for _, priority in ipairs({0, 3, 6, 9}) do
            send(queue, priority, n % 5 + 1)
        end
    else
        send(queue, 0, n % 3)
    end
end

for n = 1, 300 do
    local queue = string.format('queue-%04d', n * 3)
    local tag = id()
    local eta = n % 3 == 0 and '"2030-01-01T00:00:00+00:00"' or 'null'
    redis.call('HSET', 'unacked', tag, string.format('[%s,"","%s"]', message(queue, tag, 0, eta), queue))
    redis.call('ZADD', 'unacked_index', 1795377723.5 + n, tag)
end
