%% Calls and casts to a gen_server.
-module(bench_gen_server).
-behaviour(gen_server).
-export([start/0, run/1, init/1, handle_call/3, handle_cast/2]).

start() -> run(100000).

run(N) ->
    {ok, Pid} = gen_server:start(?MODULE, 0, []),
    Sum = loop(N, Pid, 0),
    gen_server:stop(Pid),
    Sum.

loop(0, Pid, Sum) -> {Sum, gen_server:call(Pid, get)};
loop(N, Pid, Sum) ->
    gen_server:cast(Pid, {add, 1}),
    loop(N - 1, Pid, Sum + gen_server:call(Pid, {add, N band 3})).

init(N) -> {ok, N}.

handle_call({add, K}, _, N) -> {reply, K, N + K};
handle_call(get, _, N) -> {reply, N, N}.

handle_cast({add, K}, N) -> {noreply, N + K}.
