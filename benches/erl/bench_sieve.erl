%% Large tuples and arrays: a sieve over `array`, setelement on wide tuples, matrix product of lists.
-module(bench_sieve).
-export([start/0, run/1]).

start() -> run(100000).

run(N) ->
    Primes = sieve(2, N, array:new(N + 1, {default, true}), 0),
    T = wide(20000, erlang:make_tuple(100, 0)),
    M = [[X * Y rem 17 || X <- lists:seq(1, 40)] || Y <- lists:seq(1, 40)],
    {Primes, element(50, T), trace(product(M, product(M, M)))}.

sieve(I, N, _, Count) when I > N -> Count;
sieve(I, N, A, Count) ->
    case array:get(I, A) of
        true -> sieve(I + 1, N, strike(I * I, I, N, A), Count + 1);
        false -> sieve(I + 1, N, A, Count)
    end.

strike(J, _, N, A) when J > N -> A;
strike(J, I, N, A) -> strike(J + I, I, N, array:set(J, false, A)).

wide(0, T) -> T;
wide(N, T) -> wide(N - 1, setelement(N rem 100 + 1, T, N)).

product(A, B) -> Columns = transpose(B), [[dot(R, C, 0) || C <- Columns] || R <- A].

dot([], [], Sum) -> Sum;
dot([X | Xs], [Y | Ys], Sum) -> dot(Xs, Ys, Sum + X * Y).

transpose([[] | _]) -> [];
transpose(M) -> [[hd(R) || R <- M] | transpose([tl(R) || R <- M])].

trace(M) -> trace(M, 1, 0).
trace([], _, Sum) -> Sum;
trace([R | Rs], N, Sum) -> trace(Rs, N + 1, Sum + lists:nth(N, R)).
