%% Trees and rings of linked processes: who dies with whom and with which reason, trapping nodes in between, unlinking
%% in the middle, order of exit messages.
-module(link_trees).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    process_flag(trap_exit, true),
    [{tree, (fun() -> P = tree(3), exit(P, down), R = receive {'EXIT', P, X} -> X after 60000 -> none end, {R, wait_zero()} end)()},
     {leaf_kills_all, (fun() -> P2 = spawn_link(fun() -> L = [spawn_link(fun() -> hold() end) || _ <- seq(1, 10)], hd(L) ! {exit, leaf}, hold() end), receive {'EXIT', P2, X2} -> X2 end end)()},
     {normal_leaf_does_not, (fun() -> P3 = spawn_link(fun() -> L = spawn_link(fun() -> hold() end), M = monitor(process, L), L ! {exit, normal}, receive {'DOWN', M, _, _, _} -> exit(survived) end end), receive {'EXIT', P3, X3} -> X3 end end)()},
     {ring, ring(20)},
     {trapping_middle, (fun() -> S = self(), P5 = spawn_link(fun() -> process_flag(trap_exit, true), K = spawn_link(fun() -> spawn_link(fun() -> exit(deep) end), hold() end), receive {'EXIT', K, X5} -> S ! {middle_saw, X5}, exit(shutdown) end end), {receive {middle_saw, Y} -> Y end, receive {'EXIT', P5, Z} -> Z end} end)()},
     {unlink_in_middle, (fun() -> P6 = spawn_link(fun() -> K6 = spawn_link(fun() -> hold() end), unlink(K6), M6 = monitor(process, K6), exit(K6, gone), receive {'DOWN', M6, _, _, R6} -> exit({saw, R6}) end end), receive {'EXIT', P6, X6} -> X6 end end)()},
     {unlink_flushes, (fun() -> P7 = spawn_link(fun() -> exit(quick) end), M7 = monitor(process, P7), receive {'DOWN', M7, _, _, _} -> ok end, unlink(P7), receive {'EXIT', P7, X7} -> {kept, X7} after 0 -> flushed end end)()},
     {both_ways, (fun() -> P8 = spawn(fun() -> hold() end), link(P8), link(P8), {links, L8} = process_info(P8, links), P8 ! {exit, bye}, {length(L8), receive {'EXIT', P8, X8} -> X8 end, receive {'EXIT', P8, _} -> twice after 10 -> once end} end)()},
     {exit_order, (fun() -> Ps = [spawn_link(fun() -> receive {exit, R9} -> exit(R9) end end) || _ <- seq(1, 10)], [begin P9 ! {exit, {n, N}}, receive {'EXIT', P9, {n, N}} -> N end end || {P9, N} <- zip(Ps, seq(1, 10))] end)()},
     {kill_tree, (fun() -> P10 = tree(2), exit(P10, kill), {receive {'EXIT', P10, X10} -> X10 end, wait_zero()} end)()},
     {links_info, (fun() -> P11 = spawn_link(fun() -> hold() end), {links, L11} = process_info(self(), links), B = lists:member(P11, L11), unlink(P11), {links, L12} = process_info(self(), links), exit(P11, kill), {B, lists:member(P11, L12)} end)()},
     {link_self, {link(self()), unlink(self())}},
     {errors, [caught(fun() -> link(id(X)) end) || X <- [a, 1, [], make_ref()]] ++ [caught(fun() -> unlink(id(X)) end) || X <- [a, 1, {}]]},
     {spawn_link_dies_at_once, [begin P13 = spawn_link(fun() -> exit(N) end), receive {'EXIT', P13, X13} -> X13 end end || N <- [1, {2}, "r"]]},
     {spawn_opt_both, (fun() -> {P14, M14} = spawn_opt(fun() -> exit(two) end, [link, monitor]), {receive {'EXIT', P14, X14} -> X14 end, receive {'DOWN', M14, process, P14, Y14} -> Y14 end} end)()}].

hold() -> receive {exit, R} -> exit(R) end.

tree(N) -> spawn_link(fun() -> node_of(N) end).
node_of(0) -> put(level, 0), hold();
node_of(N) -> tree(N - 1), tree(N - 1), hold().

%% The nodes below are not linked to this process; all of them are gone when no process waits in hold/0.
wait_zero() -> wait_zero(400).
wait_zero(0) -> still_there;
wait_zero(N) ->
    case [P || P <- processes(), process_info(P, current_function) =:= {current_function, {?MODULE, hold, 0}}] of
        [] -> all_gone;
        _ -> receive after 5 -> wait_zero(N - 1) end
    end.

ring(N) ->
    First = spawn_link(fun() -> ring_node(N) end),
    receive {'EXIT', First, R} -> R after 60000 -> none end.

ring_node(1) -> exit(closed);
ring_node(N) -> spawn_link(fun() -> ring_node(N - 1) end), hold().

zip([A | T], [B | U]) -> [{A, B} | zip(T, U)];
zip([], []) -> [].

caught(F) -> try F() catch C:R -> {C, R} end.

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

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
