-module(kept).
-on_load(init/0).
-export([state/0, helper/0]).
init() ->
    case persistent_term:get(kept_fails, false) of
        true ->
            spawn(fun() -> receive never -> helper_loop([1, 2, "literal"]) end end),
            {not_ok, {"a literal", [1, 2, 3]}};
        false ->
            persistent_term:put(kept_state, persistent_term:get(kept_state, 0) + 1),
            persistent_term:put(kept_helper, spawn(fun() -> helper_loop([1, 2, "literal"]) end)),
            ok
    end.
state() -> persistent_term:get(kept_state).
helper() -> persistent_term:get(kept_helper).
helper_loop(Term) ->
    receive {From, ping} -> From ! {self(), {pong, Term}} end,
    helper_loop(Term).
