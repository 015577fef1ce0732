-module(own_call).
-on_load(init/0).
-export([f/0, result/0]).
init() ->
    Result = try ?MODULE:f() of Value -> {value, Value} catch Class:Reason -> {Class, Reason} end,
    persistent_term:put(own_call, Result),
    ok.
f() -> 1.
result() -> persistent_term:get(own_call).
