%% Floats in the text form of old external terms: exactly a float as list_to_float takes it, ended by a zero byte.
-module(external_floats).
-export([start/0, id/1]).

start() ->
    Texts = ["1.5", " 1.5", "1.5 ", "1.5e3", "+1.5", "1", "1e5", "1,5", "inf", "nan", "", "1.5x", ".5", "1.", "-0.0",
             "1.50000000000000000000e+00", "1.0e400", "1.0e-400", "1.5\n", "12345678901234567890123456789.1",
             "1.5\0garbage"],
    [{list_to_atom(Text), t(fun() -> binary_to_term(external(Text)) end)} || Text <- Texts].

external(Text) ->
    Bytes = list_to_binary(Text),
    <<131, 99, Bytes/binary, 0:(8 * (31 - byte_size(Bytes)))>>.

id(X) -> X.

t(F) ->
    try F() catch C:R -> {C, R} end.
