-module(kept_program).
-on_load(init/0).
-export([start/0]).
init() ->
    put(ran, 1),
    persistent_term:put(kept_program, {ran, get(ran)}),
    ok.
start() -> persistent_term:get(kept_program).
