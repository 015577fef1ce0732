%% The old catch in every place: inside catch, as an argument, in lists, with values that look like its results,
%% through frames with values in registers and on the stack.
-module(exceptions_catch).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{values, [catch act(id(W)) || W <- [value, throw, exit]]},
     {error_shape, (fun() -> case catch act(error) of {'EXIT', {fault, [_ | _]}} -> yes; _ -> no end end)()},
     {in_catch, [catch {outer, catch act(W)} || W <- [value, throw, exit]]},
     {thrice, catch begin (catch begin (catch throw(a)), throw(b) end), throw(c) end},
     {as_argument, {id(1), (catch throw(2)), id(3), (catch exit(4)), id(5)}},
     {in_list, [1, (catch throw(x)) | (catch throw([y]))]},
     {in_arithmetic, (catch throw(20)) + (catch 22)},
     {looks_like_exit, [catch {'EXIT', nothing}, catch throw({'EXIT', thrown})]},
     {in_try, [try (catch act(W)) of V -> {v, V} catch C:R -> {C, R} end || W <- [throw, exit]]},
     {try_in_catch, [catch (try act(W) catch throw:X -> exit({again, X}) end) || W <- [value, throw, exit]]},
     {many_live, many(id(1), id([2]), id({3}), id(4.5), id(<<5>>), id(1 bsl 66))},
     {floats_live, floats(id(1.5), id(2.25))},
     {loop, loop(id(500), [], 0)},
     {from_callee, [deeper(id(N)) || N <- [0, 1, 10]]},
     {badmatch, (fun() -> case catch begin {ok, X} = id(err), X end of {'EXIT', {{badmatch, err}, _}} -> yes; O -> O end end)()},
     {undef, (fun() -> case catch nothing:here(1, 2) of {'EXIT', {undef, [{nothing, here, [1, 2], _} | _]}} -> yes; O2 -> O2 end end)()},
     {bad_apply, [case catch apply(id(F), id(A)) of {'EXIT', {R, _}} -> R; V -> V end || {F, A} <- [{a, []}, {fun id/1, []}, {fun id/1, [1]}, {fun id/1, a}]]},
     {in_guard_position, (fun() -> case catch hd(id([])) of {'EXIT', {badarg, _}} -> badarg end end)()},
     {in_body_of_receive, (fun() -> self() ! go, receive go -> catch throw(from_receive) end end)()},
     {result_matched, (fun() -> {X3, Y3} = catch throw({1, 2}), X3 + Y3 end)()}].

act(value) -> value;
act(throw) -> throw(ball);
act(error) -> error(fault);
act(exit) -> exit(leave).

many(A, B, C, D, E, F) ->
    P = {A, B}, Q = [C | D],
    X = (catch begin garbage(100), throw([E, P]) end),
    Y = (catch begin R = {X, F}, garbage(50), exit({R, Q}) end),
    {A, B, C, D, E, F, P, Q, X, Y}.

floats(A, B) ->
    C = A * B, D = C - A,
    X = (catch C / (A - A)),
    case X of {'EXIT', {badarith, _}} -> {C, D, C + D} end.

loop(0, Last, N) -> {Last, N};
loop(I, Last, N) ->
    case catch if I rem 4 =:= 0 -> throw({I, Last}); I rem 4 =:= 1 -> exit(I); I rem 4 =:= 2 -> error(I); true -> I end of
        {'EXIT', {_, [_ | _]}} -> loop(I - 1, Last, N + 1);
        {'EXIT', J} -> loop(I - 1, {J}, N);
        {J, _} -> loop(I - 1, [J], N);
        J -> loop(I - 1, J, N + 100)
    end.

deeper(N) -> A = {N}, X = (catch down(N, A)), {X, A}.
down(0, A) -> throw({bottom, A});
down(N, A) -> X = down(N - 1, [A]), {X, A, N}.

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

id(X) -> X.
