%% The fewest digits of floats where two decimals are as near: powers of two, whose neighbours are not evenly spaced.
-module(floats_ties).
-export([start/0, id/1]).

start() ->
    Powers = [math:pow(2, id(K)) || K <- seq(-1074, 1023)],
    Texts = [float_to_list(F, [short]) || F <- Powers],
    [{all, erlang:phash2(Texts)},
     {some, [list_to_atom(float_to_list(math:pow(2, id(K)), [short])) || K <- seq(-60, -20)]},
     {large, [list_to_atom(float_to_list(math:pow(2, id(K)) * 3, [short])) || K <- seq(50, 80)]},
     {back, [list_to_float(T) || T <- Texts] =:= Powers},
     {negative, [list_to_atom(float_to_list(-F, [short])) || F <- [0.0, 2.9802322387695312e-8, 5.0e-324, 1.5e300]]},
     {steps, erlang:phash2([float_to_list(float(id(N) * 1000003) / 64, [short]) || N <- seq(1, 3000)])}].

id(X) -> X.

seq(N, M) when N > M -> [];
seq(N, M) -> [N | seq(N + 1, M)].
