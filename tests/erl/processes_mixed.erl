%% Small systems of processes: a ring, a pipeline, a pool, a lock, a counter under contention, a barrier, a supervisor
%% by hand, all with checked results.
-module(processes_mixed).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{ring, ring(50, 4)},
     {pipeline, pipeline([fun(X) -> X + 1 end, fun(X) -> X * 2 end, fun(X) -> {X} end], seq(1, 30)) =:= [{(X + 1) * 2} || X <- seq(1, 30)]},
     {pool, lists:sort(pool(5, seq(1, 40))) =:= lists:sort([{N, N * N} || N <- seq(1, 40)])},
     {lock, lock(8, 20)},
     {counter, counter(10, 50)},
     {barrier, barrier(12)},
     {supervisor, supervised(5)},
     {fan_in, (fun() -> S = self(), [spawn(fun() -> [S ! {N, I} || I <- seq(1, 10)] end) || N <- seq(1, 10)], ordered([], 100) end)()},
     {request_reply, (fun() -> P = spawn_link(fun() -> server(#{}) end), [rpc(P, {put, K, [K]}) || K <- seq(1, 40)], R = [rpc(P, {get, K}) || K <- [1, 40, 41]], {R, rpc(P, size)} end)()},
     {tree_sum, tree_sum(seq(1, 64))},
     {dining, dining(5, 6)},
     {sieve, sieve(60)}].

ring(N, Rounds) ->
    S = self(),
    Last = lists:foldl(fun(_, Next) -> spawn(fun() -> node_loop(Next) end) end, S, seq(1, N)),
    [begin Last ! {token, K}, receive {token, V} -> V end end || K <- seq(1, Rounds)].
node_loop(Next) -> receive {token, V} -> Next ! {token, V + 1}, node_loop(Next) after 5000 -> ok end.

pipeline(Fs, Xs) ->
    First = lists:foldr(fun(F, Next) -> spawn(fun() -> stage(F, Next) end) end, self(), Fs),
    [First ! {item, X} || X <- Xs],
    [receive {item, Y} -> Y end || _ <- Xs].
stage(F, Next) -> receive {item, X} -> Next ! {item, F(X)}, stage(F, Next) after 5000 -> ok end.

pool(N, Jobs) ->
    S = self(),
    Ws = [spawn(fun() -> worker(S) end) || _ <- seq(1, N)],
    R = feed(Jobs, length(Jobs), []),
    [W ! stop || W <- Ws],
    R.
worker(S) -> S ! {idle, self()}, receive {job, J} -> S ! {result, {J, J * J}}, worker(S); stop -> ok end.
feed(_, 0, Acc) -> Acc;
feed([J | Js], N, Acc) -> receive {idle, W} -> W ! {job, J}, feed(Js, N, Acc); {result, R} -> feed([J | Js], N - 1, [R | Acc]) end;
feed([], N, Acc) -> receive {result, R} -> feed([], N - 1, [R | Acc]) end.

lock(P, N) ->
    S = self(), A = atomics:new(2, []), L = spawn(fun() -> lock_loop() end),
    [spawn(fun() -> [with_lock(L, fun() -> 1 = atomics:add_get(A, 1, 1), atomics:add(A, 2, 1), atomics:sub(A, 1, 1) end) || _ <- seq(1, N)], S ! lock_done end) || _ <- seq(1, P)],
    [receive lock_done -> ok end || _ <- seq(1, P)],
    {atomics:get(A, 1), atomics:get(A, 2)}.
lock_loop() -> receive {lock, P} -> P ! locked, receive {unlock, P} -> lock_loop() end after 5000 -> ok end.
with_lock(L, F) -> L ! {lock, self()}, receive locked -> F(), L ! {unlock, self()} end.

counter(P, N) ->
    S = self(), C = spawn(fun() -> count(0) end),
    [spawn(fun() -> [C ! inc || _ <- seq(1, N)], S ! counted end) || _ <- seq(1, P)],
    [receive counted -> ok end || _ <- seq(1, P)],
    C ! {get, self()},
    receive {count, V} -> V end.
count(N) -> receive inc -> count(N + 1); {get, P} -> P ! {count, N} end.

barrier(N) ->
    S = self(), B = spawn(fun() -> gather(N, []) end),
    [spawn(fun() -> B ! {here, self()}, receive go -> S ! {passed, K} end end) || K <- seq(1, N)],
    lists:sum([receive {passed, K} -> K end || _ <- seq(1, N)]).
gather(0, Ps) -> [P ! go || P <- Ps];
gather(N, Ps) -> receive {here, P} -> gather(N - 1, [P | Ps]) end.

supervised(N) ->
    S = self(),
    spawn(fun() -> process_flag(trap_exit, true), S ! {restarts, supervise(0, N)} end),
    receive {restarts, R} -> R end.
supervise(K, K) -> K;
supervise(K, N) -> P = spawn_link(fun() -> exit({crash, K}) end), receive {'EXIT', P, {crash, K}} -> supervise(K + 1, N) end.

%% Messages of one sender arrive in order.
ordered(_, 0) -> in_order;
ordered(Seen, N) -> receive {P, I} -> case lists:keyfind(P, 1, Seen) of {P, J} when J + 1 =/= I -> {wrong, P, J, I}; _ -> ordered(lists:keystore(P, 1, Seen, {P, I}), N - 1) end end.

server(M) -> receive {R, From, {put, K, V}} -> From ! {R, ok}, server(M#{K => V}); {R, From, {get, K}} -> From ! {R, maps:get(K, M, none)}, server(M); {R, From, size} -> From ! {R, map_size(M)}, server(M) end.
rpc(P, X) -> R = make_ref(), P ! {R, self(), X}, receive {R, Y} -> Y end.

tree_sum([X]) -> X;
tree_sum(L) -> {A, B} = lists:split(length(L) div 2, L), S = self(), [spawn(fun() -> S ! {S, K, tree_sum(H)} end) || {K, H} <- [{1, A}, {2, B}]], receive {S, 1, X} -> receive {S, 2, Y} -> X + Y end end.

dining(N, Meals) ->
    S = self(), Forks = list_to_tuple([spawn(fun() -> lock_loop() end) || _ <- seq(1, N)]),
    [spawn(fun() -> {A, B} = {min(K, K rem N + 1), max(K, K rem N + 1)}, [with_lock(element(A, Forks), fun() -> with_lock(element(B, Forks), fun() -> ok end) end) || _ <- seq(1, Meals)], S ! {ate, K} end) || K <- seq(1, N)],
    lists:sum([receive {ate, K} -> K end || _ <- seq(1, N)]).

sieve(N) -> S = self(), P = spawn(fun() -> filter(S) end), [P ! {n, X} || X <- seq(2, N)], P ! done, primes().
filter(S) -> receive {n, X} -> S ! {prime, X}, filter(S, X, none); done -> S ! primes_done end.
filter(S, X, Next) ->
    receive
        {n, Y} when Y rem X =:= 0 -> filter(S, X, Next);
        {n, Y} when Next =:= none -> P = spawn(fun() -> filter(S) end), P ! {n, Y}, filter(S, X, P);
        {n, Y} -> Next ! {n, Y}, filter(S, X, Next);
        done when Next =:= none -> S ! primes_done;
        done -> Next ! done
    end.
primes() -> lists:sort(primes([])).
primes(Acc) -> receive {prime, X} -> primes([X | Acc]); primes_done -> Acc end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
