%% Wrong arguments: the error, and what its stack trace says about it.
-module(ets_errors).
-export([start/0]).

start() ->
    Self = self(),
    Other = spawn(fun() ->
        P = ets:new(private_table, [private, named_table]),
        ets:new(protected_table, [protected, named_table]),
        ets:insert(P, {1, 2}),
        Self ! made,
        receive stop -> ok end
    end),
    receive made -> ok end,
    S = ets:new(s, [named_table]),
    ets:insert(S, [{a, 1}, {k, 7, 0}]),
    B = ets:new(b, [bag]),
    ets:insert(B, {a, 1}),
    O = ets:new(o, [ordered_set]),
    ets:insert(O, [{1, x}, {2, x}]),
    Gone = ets:new(gone, []),
    ets:delete(Gone),
    Dead = spawn(fun() -> ok end),
    Ref = monitor(process, Dead),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    Calls = [
        {lookup, [nope, a]}, {lookup, [{a}, b]}, {lookup, [Gone, b]}, {lookup, [1, b]}, {lookup, [make_ref(), b]},
        {insert, [S, x]}, {insert, [S, {}]}, {insert, [S, [{1} | x]]}, {insert, [S, [{1}, x]]}, {insert, [nope, x]},
        {insert_new, [S, x]}, {insert_new, [S, [{}]]}, {insert, [private_table, bad]}, {insert, [protected_table, {1}]},
        {lookup, [private_table, 1]}, {lookup, [protected_table, 1]}, {delete, [protected_table]}, {delete, [nope]},
        {delete, [protected_table, 1]}, {take, [protected_table, 1]}, {take, [nope, a]}, {member, [private_table, 1]},
        {new, [t, [foo]]}, {new, ["t", []]}, {new, [t, foo]}, {new, [t, [{keypos, 0}]]}, {new, [t, [set | x]]},
        {new, [t, [{heir, foo, 1}]]}, {new, [t, [{heir, none, 1}]]}, {new, [t, [{write_concurrency, x}]]},
        {new, [t, [{read_concurrency, auto}]]}, {new, [t, [{keypos, 1.0}]]}, {new, [s, [named_table]]},
        {lookup_element, [S, a, 3]}, {lookup_element, [S, b, 2]}, {lookup_element, [S, a, 0]}, {lookup_element, [S, a, x]},
        {lookup_element, [S, b, 3, def]}, {lookup_element, [S, a, 3, def]},
        {update_counter, [S, b, 1]}, {update_counter, [S, a, x]}, {update_counter, [S, a, {1, 1}]},
        {update_counter, [S, a, {3, 1}]}, {update_counter, [S, a, {2, 1, 2}]}, {update_counter, [S, q, {2, 1}, {x}]},
        {update_counter, [S, q2, {2, 1}, x]}, {update_counter, [S, a, [foo]]}, {update_counter, [S, k, {2, 1, a, b}]},
        {update_counter, [S, k, {2, 1.0}]}, {update_counter, [S, k, [{2, 1}, {3, x}]]}, {update_counter, [B, a, 1]},
        {update_counter, [nope, a, x]}, {lookup, [S, k]},
        {update_element, [S, a, {1, 1}]}, {update_element, [S, a, {3, 1}]}, {update_element, [S, z, {2, 1}]},
        {update_element, [S, a, x]}, {update_element, [S, a, {2, 1}, x]}, {update_element, [S, zz, {2, 1}, {x}]},
        {update_element, [B, a, {2, 1}]}, {update_element, [S, k, {0, 1}]}, {update_element, [S, k, [{2, 1}, {1, x}]]},
        {next, [S, zz]}, {prev, [S, zz]}, {next_lookup, [S, zz]}, {prev_lookup, [S, zz]}, {next, [nope, 1]},
        {slot, [S, 1000000]}, {slot, [S, -1]}, {slot, [O, 0]}, {slot, [O, 2]}, {slot, [O, 3]}, {slot, [private_table, 0]},
        {select, [S, foo]}, {select, [S, [{{'$1'}, [], ['$2']}]]}, {match, [S, '$1', 0]}, {match, [S, '$1', x]},
        {select, [foo]}, {select, ['$end_of_table']}, {select, [{S, 1, 2, 3}]}, {select, [private_table, foo]},
        {match, [nope, foo]}, {select_count, [S, [x]]}, {select_delete, [protected_table, [{'_', [], [true]}]]},
        {select_delete, [protected_table, [{{'_'}, [], [true]}]]}, {delete_all_objects, [protected_table]},
        {match_delete, [nope, '_']}, {match_object, [nope, '_']}, {select_replace, [B, [{'_', [], ['$_']}]]},
        {select_replace, [S, [{{'$1', '$2'}, [], [{{'$2', '$1'}}]}]]}, {select_reverse, [S, 1]},
        {rename, [S, 1]}, {rename, [nope, foo]}, {rename, [protected_table, q]}, {rename, [S, s]},
        {give_away, [S, self(), x]}, {give_away, [S, pid, x]}, {give_away, [protected_table, Other, 1]},
        {give_away, [S, Dead, x]}, {give_away, [nope, Other, x]},
        {setopts, [S, foo]}, {setopts, [S, {heir, 1, 2}]}, {setopts, [S, {heir, none}]}, {setopts, [S, [{protection, private}]]},
        {setopts, [S, [{protection, x}]]}, {setopts, [protected_table, {heir, none}]}, {setopts, [S, {foo, 1}]},
        {info, [S, foo]}, {info, [nope]}, {info, [1]}, {info, [nope, size]}, {info, [private_table, size]}, {info, [S, 1]},
        {whereis, [nope]}, {whereis, [1]}, {safe_fixtable, [S, foo]}, {safe_fixtable, [nope, true]},
        {safe_fixtable, [private_table, true]}, {safe_fixtable, [protected_table, true]}, {safe_fixtable, [S, false]},
        {match_spec_compile, [foo]}, {match_spec_run_r, [[a], foo, []]}, {is_compiled_ms, [foo]},
        {delete_object, [S, x]}, {delete_object, [protected_table, {1}]}, {tab2list, [nope]}, {first, [nope]}, {last, [x]}],
    R = [{F, result(F, A)} || {F, A} <- Calls],
    Other ! stop,
    R.

%% Names of tables and pids are different in each run.
result(F, A) ->
    try {ok, hide(apply(ets, F, A))}
    catch C:R:Trace ->
        {M, G, Args, Info} = hd(Trace),
        {C, R, M, G, is_list(Args) andalso length(Args), hide(Info)}
    end.

hide(X) when is_reference(X) -> reference;
hide(X) when is_pid(X) -> pid;
hide([X | T]) -> [hide(X) | hide(T)];
hide(X) when is_tuple(X) -> list_to_tuple(hide(tuple_to_list(X)));
hide(X) when is_map(X) -> lists:sort(maps:to_list(X));
hide(X) -> X.
