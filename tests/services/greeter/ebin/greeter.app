{application, greeter,
 [{description, "An application that starts a supervisor with one server"},
  {vsn, "1.2"},
  {modules, [applications]},
  {registered, [greeter_sup, greeter]},
  {applications, [kernel, stdlib]},
  {env, [{greeting, "hello"}, {changed, no}]},
  {mod, {applications, [argument]}}]}.
