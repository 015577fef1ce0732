%% spawn in all its forms, messages in order, self, is_process_alive, many processes, process dictionary.
-module(processes).
-export([start/0, id/1, reply/2, forever/0]).

start() ->
    Self = self(),
    [{spawn_fun, ask(spawn(fun() -> Self ! {self(), 42} end))},
     {spawn_mfa, ask(spawn(?MODULE, reply, [Self, seven]))},
     {spawn_bif_function, is_pid(spawn(erlang, id(self), []))},
     {send_value, (id(Self) ! id(message)) =:= flush()},
     {order, order(id(200))},
     {two_senders, two_senders()},
     {echo, echo(id(100))},
     {many, many(id(2000))},
     {tree, tree(id(9))},
     {alive, alive()},
     {dead_send, dead_send()},
     {different_pids, spawn(fun() -> ok end) =/= spawn(fun() -> ok end)},
     {dictionary_apart, dictionary_apart()},
     {chain, chain(id(1000))},
     {exit_kills_only_itself, exits()},
     {spawn_opt, ask(spawn_opt(fun() -> Self ! {self(), opt} end, [{min_heap_size, 5000}, {priority, high}]))}].

reply(To, What) -> To ! {self(), What}.

forever() -> receive never -> ok end.

ask(Pid) -> receive {Pid, X} -> X end.

flush() -> receive X -> X end.

order(N) ->
    Self = self(),
    Pid = spawn(fun() -> send_all(Self, N) end),
    receive_all(Pid, N, []).

send_all(_, 0) -> ok;
send_all(To, N) -> To ! {self(), N}, send_all(To, N - 1).

receive_all(_, 0, Acc) -> increasing(Acc);
receive_all(Pid, N, Acc) -> receive {Pid, X} -> receive_all(Pid, N - 1, [X | Acc]) end.

increasing([A | [B | _] = T]) when A < B -> increasing(T);
increasing([_]) -> true;
increasing(_) -> false.

two_senders() ->
    Self = self(),
    A = spawn(fun() -> send_all(Self, 50) end),
    B = spawn(fun() -> send_all(Self, 50) end),
    {receive_all(B, 50, []), receive_all(A, 50, [])}.

echo(N) ->
    Pid = spawn(fun echo_loop/0),
    R = echo(Pid, N, 0),
    Pid ! stop,
    R.

echo(_, 0, Sum) -> Sum;
echo(Pid, N, Sum) ->
    Pid ! {self(), N},
    receive {Pid, X} -> echo(Pid, N - 1, Sum + X) end.

echo_loop() ->
    receive
        {From, X} -> From ! {self(), X}, echo_loop();
        stop -> ok
    end.

many(N) ->
    Self = self(),
    Pids = [spawn(fun() -> receive {add, X} -> Self ! {self(), X + I} end end) || I <- seq(1, N)],
    [P ! {add, 1000} || P <- Pids],
    sum([ask(P) || P <- Pids], 0).

tree(0) -> 1;
tree(N) ->
    Self = self(),
    Kids = [spawn(fun() -> Self ! {self(), tree(N - 1)} end) || _ <- [l, r]],
    sum([ask(K) || K <- Kids], 1).

alive() ->
    Pid = spawn(?MODULE, forever, []),
    Before = is_process_alive(Pid),
    Ref = monitor(process, Pid),
    Pid ! never,
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    {Before, is_process_alive(Pid), is_process_alive(self())}.

dead_send() ->
    {Pid, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, process, Pid, normal} -> ok end,
    Pid ! into_the_void.

dictionary_apart() ->
    Self = self(),
    put(key, mine),
    Pid = spawn(fun() -> Old = put(key, other), Self ! {self(), {Old, get(key)}} end),
    {ask(Pid), get(key)}.

chain(N) ->
    Self = self(),
    First = chain(N, Self),
    First ! 0,
    flush().

chain(0, Last) -> Last;
chain(N, Next) -> chain(N - 1, spawn(fun() -> receive X -> Next ! X + 1 end end)).

exits() ->
    Refs = [element(2, spawn_monitor(fun() -> exit({reason, I}) end)) || I <- [1, 2, 3]],
    [receive {'DOWN', R, process, _, Why} -> Why end || R <- Refs].

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

sum([], Acc) -> Acc;
sum([X | T], Acc) -> sum(T, Acc + X).

id(X) -> X.
