%% All ways to start a process and their errors: spawn/1-4, spawn_link, spawn_monitor, spawn_opt and its options,
%% spawn_request.
-module(spawn_variants).
-export([start/0, id/1, report/2, crash/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    process_flag(trap_exit, true),
    S = self(),
    [{spawn_fun, (fun() -> P = spawn(fun() -> S ! {hi, self()} end), receive {hi, P} -> ok end end)()},
     {spawn_mfa, (fun() -> P2 = spawn(?MODULE, report, [S, {a, [1]}]), receive {P2, X2} -> X2 end end)()},
     {spawn_node, (fun() -> P3 = spawn(node(), ?MODULE, report, [S, n]), receive {P3, X3} -> X3 end end)()},
     {spawn_link_mfa, (fun() -> P4 = spawn_link(?MODULE, crash, [bad]), receive {'EXIT', P4, R4} -> element(1, R4) end end)()},
     {spawn_monitor_mfa, (fun() -> {P5, M5} = spawn_monitor(?MODULE, crash, [worse]), receive {'DOWN', M5, process, P5, R5} -> element(1, R5) end end)()},
     {undefined, (fun() -> {P6, M6} = spawn_monitor(?MODULE, nothing, [1, 2]), receive {'DOWN', M6, process, P6, {R6, [{M, F, A, _} | _]}} -> {R6, M, F, A} end end)()},
     {opts, [begin P7 = spawn_opt(fun() -> S ! {self(), element(2, process_info(self(), I))} end, [{O, V}]), receive {P7, X7} -> {O, X7} end end || {O, V, I} <- [{priority, low, priority}, {priority, high, priority}, {message_queue_data, off_heap, message_queue_data}, {fullsweep_after, 5, message_queue_data}]]},
     {opt_link_monitor, (fun() -> {P8, M8} = spawn_opt(?MODULE, crash, [both], [monitor, link]), {receive {'EXIT', P8, R8} -> element(1, R8) end, receive {'DOWN', M8, process, P8, Q8} -> element(1, Q8) end} end)()},
     {opt_monitor_options, (fun() -> {P9, M9} = spawn_opt(fun() -> exit(tagged) end, [{monitor, [{tag, special}]}]), receive {special, M9, process, P9, R9} -> R9 end end)()},
     {fun_with_environment, (fun() -> Big = [1 bsl 70, <<1, 2>>, {x}], P10 = spawn(fun() -> S ! {self(), Big} end), receive {P10, X10} -> X10 =:= Big end end)()},
     {fun_arity, (fun() -> {P11, M11} = spawn_monitor(fun erlang:self/0), receive {'DOWN', M11, process, P11, R11} -> R11 end end)()},
     {errors, [case caught(F) of P18 when is_pid(P18) -> pid; E18 -> E18 end || F <- [fun() -> spawn(id(a)) end, fun() -> spawn(id(fun id/1)) end, fun() -> spawn(id(m), id(f), id(a)) end, fun() -> spawn(id(1), f, []) end, fun() -> spawn(m, id("f"), []) end, fun() -> spawn(m, f, id([a | b])) end,
                                 fun() -> spawn_link(id(1)) end, fun() -> spawn_monitor(id(m), f, id(x)) end]]},
     {opt_errors, [case caught(fun() -> spawn_opt(fun() -> ok end, id(O)) end) of E19 when is_tuple(E19) -> E19; _ -> pid end || O <- [a, [foo], [{priority, x}], [{min_heap_size, -1}], [link | x], [{fullsweep_after, a}], [{max_heap_size, -5}], [{message_queue_data, x}]]]},
     {request, (fun() -> R12 = spawn_request(?MODULE, report, [S, req]), P12 = receive {spawn_reply, R12, ok, Q} -> Q end, receive {P12, X12} -> X12 end end)()},
     {request_error, (fun() -> R13 = spawn_request(?MODULE, report, [S, req], [bad_option]), receive {spawn_reply, R13, error, E13} -> E13 after 1000 -> none end end)()},
     {request_tag, (fun() -> R14 = spawn_request(fun() -> ok end, [{reply_tag, my_tag}, monitor]), P14 = receive {my_tag, R14, ok, Q14} -> Q14 end, receive {'DOWN', R14, process, P14, X14} -> X14 end end)()},
     {request_no_reply, (fun() -> R15 = spawn_request(fun() -> S ! started end, [{reply, no}]), receive started -> receive {spawn_reply, R15, _, _} -> reply after 10 -> none end end end)()},
     {initial_call, (fun() -> P16 = spawn(fun() -> receive stop -> ok end end), P17 = spawn(?MODULE, id, [1]), R16 = process_info(P16, initial_call), P16 ! stop, is_pid(P17), element(1, R16) end)()},
     {parent, (fun() -> spawn(fun() -> spawn(fun() -> S ! {parents, element(2, process_info(self(), parent)) =/= S} end), receive after 100 -> ok end end), receive {parents, B} -> B end end)()},
     {many, (fun() -> [spawn(fun() -> S ! {n, N} end) || N <- seq(1, 200)], sum(200, 0) end)()}].

report(To, X) -> To ! {self(), X}.

crash(X) -> error(X).

sum(0, A) -> A;
sum(N, A) -> receive {n, K} -> sum(N - 1, A + K) end.

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
