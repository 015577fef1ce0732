%% Exit reasons of all kinds as links, monitors and catches see them: big, shared, with funs and pids, of processes
%% that die in the middle of things.
-module(exit_reasons).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    process_flag(trap_exit, true),
    [{terms, [link_reason(R) || R <- [a, 1, 1 bsl 70, 1.5, [], "text", {}, {a, [1, {2}]}, <<1, 2>>, <<1:3>>, #{k => v}]]},
     {big, (fun() -> R = seq(1, 500), link_reason(R) =:= R end)()},
     {with_fun, (fun() -> K = id([1 bsl 65]), F = link_reason(fun() -> K end), F() end)()},
     {with_pid, (fun() -> {P, X} = link_reason({self(), x}), {P =:= self(), X} end)()},
     {errors, [error_reason(F) || F <- [fun() -> error(r) end, fun() -> error({r, [1]}) end, fun() -> 1 = id(2) end, fun() -> hd(id([])) end, fun() -> throw(t) end, fun() -> (id(x))() end, fun() -> apply(id(fun(A) -> A end), []) end,
                                       fun() -> case id(z) of y -> 1 end end, fun() -> if hd([1]) > 2 -> 1 end end, fun() -> no_mod:f() end, fun() -> map_get(k, id(#{})) end, fun() -> list_to_atom(id(1)) end, fun() -> exit(e) end]]},
     {in_receive, (fun() -> P2 = spawn_link(fun() -> receive {die, R2} -> exit({told, R2}) end end), P2 ! {die, [now]}, get_exit(P2) end)()},
     {in_after, (fun() -> P3 = spawn_link(fun() -> try exit(first) after exit(second) end end), get_exit(P3) end)()},
     {in_handler, (fun() -> P4 = spawn_link(fun() -> try error(a) catch error:X4 -> exit({was, X4}) end end), get_exit(P4) end)()},
     {in_guard_no, (fun() -> P5 = spawn_link(fun() -> case id(5) of X5 when hd(X5) -> a; _ -> exit(fine) end end), get_exit(P5) end)()},
     {deep, (fun() -> P6 = spawn_link(fun() -> deep(2000) end), get_exit(P6) end)()},
     {through_middle, (fun() -> P7 = spawn_link(fun() -> spawn_link(fun() -> exit({deep, [1, 2]}) end), receive never -> ok end end), get_exit(P7) end)()},
     {normal_ends, [begin P8 = spawn_link(F8), get_exit(P8) end || F8 <- [fun() -> ok end, fun() -> exit(normal) end, fun() -> {big, seq(1, 100)} end]]},
     {with_dictionary, (fun() -> P9 = spawn_link(fun() -> put(k, v), exit(get()) end), get_exit(P9) end)()},
     {while_collecting, (fun() -> P10 = spawn_link(fun() -> L = seq(1, 50), garbage(300), exit({L =:= seq(1, 50), length(L)}) end), get_exit(P10) end)()},
     {many, (fun() -> Ps = [spawn_link(fun() -> exit({n, N}) end) || N <- seq(1, 100)], lists:sum([begin {n, N} = get_exit(P11), N end || P11 <- Ps]) end)()},
     {monitor_and_link, (fun() -> {P12, M12} = spawn_monitor(fun() -> receive go -> exit([both]) end end), link(P12), P12 ! go, {get_exit(P12), receive {'DOWN', M12, process, P12, R12} -> R12 end} end)()}].

link_reason(R) -> P = spawn_link(fun() -> exit(R) end), get_exit(P).

get_exit(P) -> receive {'EXIT', P, R} -> R after 60000 -> none end.

error_reason(F) -> P = spawn_link(F), case get_exit(P) of {R, [_ | _]} -> case R of {badfun, _} -> badfun; {badarity, _} -> badarity; _ -> {R, trace} end; R -> R end.

deep(0) -> exit(bottom);
deep(N) -> [N | deep(N - 1)].

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

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
