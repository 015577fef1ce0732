%% Ends with an uncaught exception of the kind that the argument names. What must be printed stands in expect.txt, written by record.escript.
-module(uncaught).
-export([main/1, cases/0]).

main([Name]) ->
    run(list_to_atom(Name)),
    ok.

cases() ->
    [clause, undef, bif, throw, exit, too_many, too_few, none, no_fun, negate, plus, badkey, badmap, badmatch,
     case_clause, record, limit, timeout, noproc, else_clause, function_clause, with_arguments, badarg_of, alive, negation,
     conjunction, append, unbound, nested].

run(clause) -> one(id(2));
run(undef) -> uncaught:missing(1, "abc");
run(bif) -> {atom_to_list(id(1))};
run(throw) -> throw(a);
run(exit) -> exit({a, "b"});
run(too_many) -> (id(fun(X) -> X end))(1, 2);
run(too_few) -> (id(fun(X) -> X end))();
run(none) -> (id(fun() -> 1 end))(1);
run(no_fun) -> (id(3))(1);
run(negate) -> {-id(a)};
run(plus) -> {id(a) + b};
run(badkey) -> {map_get(a, id(#{}))};
run(badmap) -> {(id(a))#{b => 1}};
run(badmatch) -> {ok, X} = id({error, [1, 2, 3]}), X;
run(case_clause) -> case id(1) of 2 -> a end;
run(record) -> error({badrecord, foo});
run(limit) -> error(system_limit);
run(timeout) -> receive after id(a) -> ok end;
run(noproc) -> error(noproc);
run(else_clause) -> error({else_clause, 1});
run(function_clause) -> error(function_clause);
run(with_arguments) -> error(function_clause, [1, 2]);
run(badarg_of) -> error({badarg, 1});
run(alive) -> error(notalive);
run(negation) -> {not id(1)};
run(conjunction) -> {id(1) and true};
run(append) -> {id(a) ++ id(b)};
run(unbound) -> error({unbound, 'X'});
run(nested) -> {nested(id([1, 2]))}.

one(1) -> ok;
one(3) -> ok.

nested([]) -> error({'An odd', "reason"});
nested([_ | Rest]) -> [nested(Rest)].

id(X) -> X.
