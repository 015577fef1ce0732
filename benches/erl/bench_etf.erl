%% Terms to the external format and back.
-module(bench_etf).
-export([start/0, run/1]).

start() -> run(60).

run(N) ->
    Term = [{item, I, <<"binary">>, "string", 1.5 * I, #{key => I, list => [a, b, {c, I bsl 70}]}} || I <- lists:seq(1, 500)],
    rounds(N, Term, 0).

rounds(0, _, Sum) -> Sum;
rounds(N, Term, Sum) ->
    Bin = term_to_binary(Term),
    true = binary_to_term(Bin) =:= Term,
    rounds(N - 1, Term, Sum + byte_size(Bin) + erlang:phash2(Term, 1000)).
