%% The queue module of OTP.
-module(stdlib_queues).
-export([start/0, id/1]).

start() ->
    Q = lists:foldl(fun queue:in/2, queue:new(), lists:seq(1, id(10))),
    [{to_list, queue:to_list(Q)},
     {len, {queue:len(Q), queue:is_empty(Q), queue:is_empty(queue:new())}},
     {out, begin {{value, X}, Q2} = queue:out(Q), {X, queue:len(Q2)} end},
     {out_r, begin {{value, Y}, Q3} = queue:out_r(Q), {Y, queue:len(Q3)} end},
     {peek, {queue:peek(Q), queue:peek_r(Q), queue:peek(queue:new())}},
     {in_r, queue:to_list(queue:in_r(0, Q))},
     {get, {queue:get(Q), queue:get_r(Q), queue:head(Q), queue:last(Q)}},
     {drop, queue:to_list(queue:drop_r(queue:drop(Q)))},
     {reverse, queue:to_list(queue:reverse(Q))},
     {split, begin {A, B} = queue:split(4, Q), {queue:to_list(A), queue:to_list(B)} end},
     {join, queue:to_list(queue:join(queue:from_list([a, b]), queue:from_list([c])))},
     {filter, queue:to_list(queue:filter(fun(E) -> E rem 2 =:= 0 end, Q))},
     {member, {queue:member(5, Q), queue:member(50, Q)}},
     {fold, queue:fold(fun(E, Acc) -> E + Acc end, 0, Q)},
     {pump, pump(id(20000), queue:new(), 0)},
     {empty, {queue:out(queue:new()) =:= {empty, queue:new()}, try queue:get(queue:new()) catch error:R -> R end}}].

pump(0, Q, Sum) -> {queue:len(Q), Sum};
pump(N, Q, Sum) when N rem 3 =:= 0 ->
    case queue:out(Q) of
        {{value, X}, Q2} -> pump(N - 1, Q2, Sum + X);
        {empty, Q2} -> pump(N - 1, Q2, Sum)
    end;
pump(N, Q, Sum) -> pump(N - 1, queue:in(N, Q), Sum).

id(X) -> X.
