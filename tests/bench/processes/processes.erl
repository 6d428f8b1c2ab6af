%% What processes cost, in Erlang; as perdure.scm. The end of a process is heard of by a monitor.
-module(processes).
-export([main/0]).

report(Name, Times, Result) ->
    io:format("~s ~w ~w~n", [Name, Times, Result]).

measure(Name, Times, Thunk) ->
    Start = erlang:monotonic_time(nanosecond),
    Result = Thunk(),
    report(Name, Times, (erlang:monotonic_time(nanosecond) - Start) / 1.0e9),
    Result.

repeat(0, _) -> ok;
repeat(Times, Thunk) -> Thunk(), repeat(Times - 1, Thunk).

join({Process, Monitor}) ->
    receive {'DOWN', Monitor, process, Process, _} -> ok end.

spawn_and_exit(Times) ->
    repeat(Times, fun() -> join(spawn_monitor(fun() -> 0 end)) end).

round_trips(Times) ->
    Me = self(),
    {Other, _} = Both = spawn_monitor(fun() -> repeat(Times, fun() -> receive From -> From ! pong end end) end),
    repeat(Times, fun() -> Other ! Me, receive pong -> ok end end),
    join(Both).

switches(Times) ->
    Other = spawn_monitor(fun() -> repeat(Times div 2, fun() -> erlang:yield() end) end),
    repeat(Times div 2, fun() -> erlang:yield() end),
    join(Other).

resident_bytes() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s*(\\d+)", [{capture, all_but_first, list}]),
    1024 * list_to_integer(Kilobytes).

crowd(Count) ->
    Me = self(),
    Before = resident_bytes(),
    All = measure("create", Count, fun() ->
        Pids = [spawn(fun() -> receive From -> From ! here end end) || _ <- lists:seq(1, Count)],
        erlang:yield(),
        Pids end),
    report("memory", Count, resident_bytes() - Before),
    measure("wake", Count, fun() ->
        lists:foreach(fun(Pid) -> Pid ! Me end, All),
        repeat(Count, fun() -> receive here -> ok end end) end).

main() ->
    crowd(100000),
    measure("spawn", 200000, fun() -> spawn_and_exit(200000) end),
    measure("message", 500000, fun() -> round_trips(500000) end),
    measure("switch", 2000000, fun() -> switches(2000000) end),
    halt().
