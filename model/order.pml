/*
 * The order protocol: how a client places an order, and how it finds out what became of it when the response is lost.
 *
 * README.md in this folder says how spin checks it, what is left out, and how to read a counterexample. The steps of
 * the client are named after the functions that do them. A reference such as "= call/after_failure.lua: search" names
 * the function `search` of lua/cbr/call/after_failure.lua. Other references quote a line of code. `make model` checks
 * that every function and line exists.
 *
 * Time runs in ticks of five seconds. A duration is a limit: what happens within it may also happen at once.
 *
 *
 * Assumptions. The macro DROP_<name> drops one of them. spin must then find an error.
 *
 * BOUND     The service accepts a request at most 5 s after its gateway received it, or not at all.
 * LISTS     The list of tasks or the replication records show an order at most 5 s after the service accepted the order.
 * SETTLE    settle_time is at least the sum of the times of BOUND and LISTS, which is 10 s.
 *           = option_rules.lua: name = "settle_time", type = "number", positive = true, default = 10
 * COMPLETE  A read of a list shows everything that the list has to show.
 * CLOCKS    The service's time stamps and its Date header differ by at most 30 s.
 *           = lost_orders/match.lua: DOUBT_SECONDS = 30
 * SINCE     `since` of find_order is not after the request was sent, by a clock that is at most 30 s ahead.
 * ENDED     find_order is called when the process or the call that placed the order has ended.
 * CLOSED    When the other side closes a connection, a request on this connection has reached the gateway or never will.
 * STRAY     When find_order is called, a request that timed out, or whose process was killed, has reached the gateway or
 *           never will.
 * ONCE      Nothing between the client and the service passes a request on twice.
 * HONEST    The service does not reject a request that it has accepted.
 *
 * The next two assumptions are needed only for the third property, that no call returns the order of another call.
 *
 * ALONE     No other process places the same order from a moment before the call (or `since`) until the call has ended.
 * EXACT     The time stamps and the Date header differ by at most one second.
 *           = lost_orders/match.lua: CLOCK_TOLERANCE_SECONDS, FRACTION_SECONDS = 1, 1
 *
 *
 * Rules of the client. The macro RULE_<name> breaks one of them. spin must then find an error, too.
 *
 * Below each rule are the lines of the code that keep the rule. If such a line changes, change the model too.
 *
 * NO_SEARCH        An order whose outcome is unknown is retried without a search.
 *     = call/after_failure.lua: elseif context.is_write and context.is_unknown and not context.is_idempotent then
 *     = call/after_failure.lua: return context.entry and "search" or "stop"
 *     = call/after_failure.lua: elseif context.search.verdict ~= "nothing" then
 * FIRST_READ       The first read that shows nothing proves that the order was not accepted.
 *     = lost_orders/search.lua: is_settled = state.good_reads > 1 and asked_at - schedule.began >= schedule.settle
 *     = lost_orders/search.lua: elseif how.settles and view.is_dated and state.is_settled then
 * TIMEOUT_SETTLES  A search after a timeout can prove that the order was not accepted.
 *     = call/after_failure.lua: local IS_OPEN = { timeout = true, cancelled = true, forked = true, no_memory = true }
 *     = call/after_failure.lua: settles = not is_duplicate and not IS_OPEN[response.result]
 * NO_DOUBT         An order that matches except for its time is ignored.
 *     = lost_orders/search.lua: #doubtful_parts(state) > 0 and "doubtful" or how.is_expected and "open" or "nothing"
 * SETTLE_AT_SINCE  The settle time of find_order begins at `since`, not when find_order is called.
 *     = lost_orders/search.lua: schedule = { began = core.monotonic(), settle = settle
 * NO_EARLIER       An order that another call of this client has returned can be found again.
 *     = lost_orders/search.lua: elseif entry:is_of_another(order.result) or
 * NO_WAIT          A search takes an order at once, even if the order can be that of another call of this client.
 *     = lost_orders/search.lua: return order.is_proved or not entry:must_wait(is_settled, { order })
 *     = lost_orders/concurrent.lua: elseif rival.stage == "sending" then
 *     = lost_orders/concurrent.lua: elseif entry.stage == "proving" then
 *     = lost_orders/concurrent.lua: return not is_settled
 *     = lost_orders/concurrent.lua: return entry.stage == "finding" and rival.stage == "proving"
 * UNSEEN           Calls of the client do not wait for its find_order.
 *     = lost_orders/find_order.lua: entry.stage, entry.deadline = "proving", now + timeout
 *
 *
 * Two configurations. By default, one client places an order, and another process places an order on the same vault.
 * With TWINS, two calls of one client place the same order at the same time. Their orders are equal, so only the number
 * of orders counts: the service accepts at most as many orders as were placed and not reported as rejected, and no order
 * is returned twice.
 * TWINS has fewer details, so that spin can go through all states: two attempts instead of three, one list instead of
 * two, equal clocks, and nobody is killed. With WITH_FIND_ORDER, client 0 calls find_order once.
 */

#if defined(RULE_NO_WAIT) || defined(RULE_NO_EARLIER) || defined(RULE_UNSEEN)
#define TWINS
#endif

#ifdef RULE_UNSEEN
#define WITH_FIND_ORDER
#define STAGE_OF_FIND_ORDER 0
#else
#define STAGE_OF_FIND_ORDER PROVING
#endif

#ifdef DROP_BOUND
#define BOUND_TICKS 2
#else
#define BOUND_TICKS 1
#endif

#ifdef DROP_LISTS
#define LIST_TICKS 2
#else
#define LIST_TICKS 1
#endif

#ifdef DROP_SETTLE
#define SETTLE_TICKS 1
#elif defined(LONGER_SETTLE)
#define SETTLE_TICKS 3
#else
#define SETTLE_TICKS 2
#endif

#ifdef TWINS
#define MAX_ATTEMPTS 2
#else
#define MAX_ATTEMPTS 3
#endif

/* --- state ------------------------------------------------------------------------------------------------------- */

#ifdef TWINS
#define IS_TWIN true
#define IS_SAME_ORDER true
#else
#define IS_TWIN false
/* Client 0 is checked. Client 1 places an order on the same vault, to the same destination or to another one. */
bit is_same_order;
#define IS_SAME_ORDER is_same_order
#endif

/* How the service's time stamps differ from the gateway's Date header. BEHIND and AHEAD mean at most 30 s. */
mtype = { EQUAL, BEHIND, AHEAD, FAR_BEHIND }
mtype skew;

/* The state of a request. SENT: the request is in the network. ARRIVED: it is at the gateway. ACCEPTED, REJECTED: the
   service has responded, and the client has not yet read the response. */
mtype = { FREE, SENT, ARRIVED, ACCEPTED, REJECTED }

typedef Request {
  mtype state = FREE;
  bit is_awaited; /* the client waits for the response */
  byte ticks_left; /* the service can accept the request for this many more ticks */
  bit n /* number of the order that the request has become */
}

/* Both requests are requests of client 0. With TWINS, each client has one request, which ends before the client's next
   request begins. */
Request request[2];
#ifdef TWINS
#define FIRST(client) (client)
#define LAST(client) (client)
#define CLIENT_OF(r) (r)
#else
#define FIRST(client) 0
#define LAST(client) 1
#define CLIENT_OF(r) 0
#endif

/* What the time stamp of an order says to a search. */
#define TOO_OLD 0
#define DOUBTFUL 1
#define MATCHES 2

typedef Order {
  bit is_accepted;
  bit in_tasks, in_records; /* whether the list of tasks, and the replication records, show the order */
  byte ticks_left; /* ticks until at least one of the lists shows the order */
  byte age; /* ticks since the order was accepted; at most 2 */
  bit is_returned[2]; /* a call of this client has returned the order */
  byte time[2] /* what the order's time stamp says to a search of this client */
}

Order order[2]; /* the order of client 0, and the order of client 1 */

byte settle_left[2]; /* ticks of settle_time that are left in the search of a client */
bit is_busy[2]; /* the client has recorded its order, and has not yet reported the outcome */
bit is_reported_rejected[2]; /* the client has reported that its order was not accepted */
bit has_called_find_order; /* with WITH_FIND_ORDER: client 0, which calls find_order once */
bit is_killed; /* the process of client 0 was killed */
bit is_disturbed; /* client 1 placed the same order at the same time, so assumption ALONE does not hold */

/* = lost_orders/entry.lua: self.stage = (how.settles or how.is_duplicate) and "proving" or "finding"
   The stage 0 means that no request is on its way, and that there is no search. */
mtype = { SENDING, PROVING, FINDING };
mtype stage[2];

/* What must never happen. */
bit accepted_twice, accepted_but_rejected, result_of_another;

/* With the macro CHECK_<property>, spin checks only this property. */
inline check()
{
#if !defined(CHECK_REJECTED) && !defined(CHECK_ANOTHER)
  assert(!accepted_twice);
#endif
#if !defined(CHECK_TWICE) && !defined(CHECK_ANOTHER)
  assert(!accepted_but_rejected);
#endif
#if !defined(CHECK_TWICE) && !defined(CHECK_REJECTED)
  assert(!result_of_another);
#endif
  skip
}

/* --- the service ------------------------------------------------------------------------------------------------- */

inline set_time_of_new_order(n, client)
{
  if
  :: order[n].time[client] = MATCHES
  :: skew == BEHIND || skew == FAR_BEHIND -> order[n].time[client] = DOUBTFUL
  :: skew == FAR_BEHIND -> order[n].time[client] = TOO_OLD
  fi
}

/* Whether an accepted order was reported as rejected. */
inline set_rejected(n)
{
#ifdef TWINS
  accepted_but_rejected =
    (order[0].is_accepted + order[1].is_accepted + is_reported_rejected[0] + is_reported_rejected[1] > 2)
#else
  accepted_but_rejected = order[n].is_accepted && is_reported_rejected[n]
#endif
}

inline accept(client)
{
  n = client;
#ifdef TWINS
  if :: order[n].is_accepted -> n = 1 - n :: else fi;
#endif
  accepted_twice = order[n].is_accepted;
  check();
  order[n].is_accepted = true;
  set_rejected(n);
  check();
#ifdef TWINS
  set_time_of_new_order(n, 1);
#endif
  if :: client == 0 || IS_SAME_ORDER -> set_time_of_new_order(n, 0) :: else fi
}

inline decide(r, decision)
{
  request[r].state = (request[r].is_awaited -> decision : FREE);
  request[r].ticks_left = 0
}

/* The network, the gateway and the back end, for one request. */
proctype Service(byte r)
{
  byte n;
end:
  do
  :: atomic {
    request[r].state == SENT ->
      printf("gateway: receives request %d\n", r);
      request[r].state = ARRIVED;
      request[r].ticks_left = BOUND_TICKS
  }
  :: atomic {
    request[r].state == SENT && !request[r].is_awaited ->
      printf("network: loses request %d\n", r);
      request[r].state = FREE
  }
  :: atomic {
    request[r].state == ARRIVED ->
      printf("back end: accepts request %d\n", r);
      accept(CLIENT_OF(r));
      order[n].ticks_left = LIST_TICKS;
      request[r].n = (request[r].is_awaited -> n : 0);
      n = 0;
      if
      :: decide(r, ACCEPTED)
#ifdef DROP_HONEST
      :: decide(r, REJECTED)
#endif
#ifdef DROP_ONCE
      :: skip
#endif
      fi
  }
  :: atomic {
    request[r].state == ARRIVED ->
      printf("gateway or back end: does not accept request %d\n", r);
      decide(r, REJECTED)
  }
  od
}

#ifdef TWINS
#define IS_DUE(n) (order[n].ticks_left == 0)
#else
#define IS_DUE(n) (order[n].ticks_left == 0 && n == 0) /* nothing depends on when lists show client 1's order */
#endif

/* When a list is read: decides which of the lists show an order from now on. */
inline show_in_lists(n)
{
  if
  :: order[n].is_accepted && !(order[n].in_tasks && (order[n].in_records || IS_TWIN)) ->
    if
    :: !IS_DUE(n) || order[n].in_tasks || order[n].in_records -> skip
    :: order[n].in_tasks = true
#ifndef TWINS
    :: order[n].in_records = true
#endif
    fi
  :: else
  fi
}

#ifdef DROP_COMPLETE
#define MAY_OMIT true
#else
#define MAY_OMIT false
#endif

/* --- time -------------------------------------------------------------------------------------------------------- */

#define MAY_WAIT(r) (request[r].state != ARRIVED || request[r].ticks_left > 0)
#define MAY_PASS (MAY_WAIT(0) && MAY_WAIT(1))
#define NEEDS_AGE(client) (client == 1 && !IS_TWIN && IS_SAME_ORDER) /* other ages are not kept: fewer states */

inline pass_request(r)
{
  if :: request[r].ticks_left > 0 -> request[r].ticks_left-- :: else fi
}

inline pass_client(client)
{
  if :: order[client].is_accepted && order[client].age < 2 && NEEDS_AGE(client) -> order[client].age++ :: else fi;
  if :: order[client].ticks_left > 0 -> order[client].ticks_left-- :: else fi;
  if :: settle_left[client] > 0 -> settle_left[client]-- :: else fi
}

proctype Clock()
{
end:
  do
  :: atomic {
    MAY_PASS ->
      printf("clock: five seconds pass\n");
      d_step {
        pass_request(0); pass_request(1);
        pass_client(0); pass_client(1)
      }
  }
  od
}

/* --- the client -------------------------------------------------------------------------------------------------- */

mtype = { RESULT, REJECTION, DUPLICATION, NOTHING_TO_DO, UNCLEAR } /* what a response says */
mtype = { FOUND, NOTHING, OTHERS, SEVERAL, IN_DOUBT, OPEN } /* verdicts of a search; OPEN also stands for "unread" */
mtype = { OF_CALL, OF_EARLIER, OF_FIND_ORDER } /* what a search is made for */

#define OTHER (1 - me)
#define IS_STRAY(client) (request[FIRST(client)].state == SENT || request[LAST(client)].state == SENT)

/* IS_RETURNED: another call of this client has returned the order. IS_OF_ANOTHER: a search of this call sees that. */
#define IS_RETURNED(n) order[n].is_returned[OTHER]
#ifdef RULE_NO_EARLIER
#define IS_OF_ANOTHER(n) false
#else
#define IS_OF_ANOTHER(n) (IS_RETURNED(n) && !(not_known & (1 << (n))))
#endif

/* = lost_orders/match.lua: is_since
   What the time stamp of the other order says to a search, when an attempt begins. */
inline match_is_since(n)
{
  if
  :: order[n].is_accepted && IS_SAME_ORDER ->
    if
    :: skew == AHEAD || order[n].age == 0 -> order[n].time[me] = MATCHES
    :: order[n].time[me] = DOUBTFUL
    :: skew != EQUAL || order[n].age == 2 -> order[n].time[me] = TOO_OLD
    fi
  :: else
  fi
}

/* What the time stamp of the other order says to a search of find_order. `since` may be earlier than the attempt, or up
   to 30 s later. */
inline match_is_since_recorded()
{
  if
  :: order[OTHER].is_accepted && IS_SAME_ORDER && order[OTHER].time[me] == TOO_OLD -> order[OTHER].time[me] = DOUBTFUL
  :: skip
  fi;
  if
  :: order[me].is_accepted && order[me].time[me] == MATCHES -> order[me].time[me] = DOUBTFUL
#ifdef DROP_SINCE
  :: order[me].time[me] = TOO_OLD
#endif
  :: skip
  fi
}

/* = lost_orders/entry.lua: open */
inline entry_open()
{
  not_known = 0;
  earlier = (IS_OF_ANOTHER(0) -> 1 : 0) + (IS_OF_ANOTHER(1) -> 2 : 0);
  began = false
}

/* = lost_orders/entry.lua: open_foreign */
inline entry_open_foreign()
{
  not_known = (IS_RETURNED(0) -> 1 : 0) + (IS_RETURNED(1) -> 2 : 0);
  earlier = 0;
  is_disturbed = is_disturbed || IS_RETURNED(OTHER) && order[OTHER].time[me] == MATCHES && skew != AHEAD
}

/* = lost_orders/entry.lua: note_open */
inline entry_note_open()
{
  began = true
}

/* = lost_orders/entry.lua: close */
inline entry_close(n)
{
#ifdef TWINS
  order[n].is_returned[me] = true
#else
  skip
#endif
}

/* = lost_orders/concurrent.lua: must_wait_for */
#ifdef RULE_NO_WAIT
#define MUST_WAIT(settled) false
#else
#define MUST_WAIT(settled) (stage[OTHER] == SENDING \
  || stage[OTHER] != 0 && stage[me] == PROVING && !(settled) \
  || stage[OTHER] == PROVING && stage[me] == FINDING)
#endif

/* = lost_orders/tasks.lua: read */
inline tasks_read()
{
  n = 0;
  do
  :: n < 2 ->
    show_in_lists(n);
    if
    :: order[n].in_tasks -> seen = seen | (1 << n)
    :: MAY_OMIT || !order[n].in_tasks
    fi;
    n++
  :: else -> break
  od
}

/* = lost_orders/records.lua: read */
inline records_read()
{
  n = 0;
  do
  :: n < 2 ->
    show_in_lists(n);
    if
    :: order[n].in_records -> seen = seen | (1 << n)
    :: MAY_OMIT || !order[n].in_records
    fi;
    n++
  :: else -> break
  od
}

/* = lost_orders/evidence.lua: read */
inline evidence_read()
{
  n = 0;
  do
  :: n < 2 && !(seen & (1 << n)) -> n++
  :: n < 2 && seen & (1 << n) ->
    if :: is_running = true :: is_running = false fi;
    if
    :: n != me && !IS_SAME_ORDER || order[n].time[me] == TOO_OLD || earlier & (1 << n) ->
      has_others = has_others || is_running
    :: else ->
      if
      :: order[n].time[me] == DOUBTFUL -> has_others = has_others || is_running; has_doubtful = true
#ifdef TWINS
      :: order[n].time[me] == MATCHES && IS_OF_ANOTHER(n) -> has_others = true
#endif
      :: order[n].time[me] == MATCHES && !IS_OF_ANOTHER(n) -> matching++; found = n
      fi
    fi;
    n++
  :: else -> break
  od;
  n = 0; is_running = false
}

inline report_result(n)
{
  printf("client %d: returns the order of client %d\n", me, n);
#ifdef TWINS
  result_of_another = order[n].is_returned[OTHER] && purpose != OF_FIND_ORDER;
  check()
#else
  result_of_another = n != me;
#ifndef DROP_EXACT
  result_of_another = result_of_another && skew != AHEAD;
#endif
#ifndef DROP_ALONE
  result_of_another = result_of_another && !is_disturbed;
#endif
  check()
#endif
}

inline report_rejection()
{
  is_reported_rejected[me] = true;
  set_rejected(me);
  check()
}

/* Ends the wait for the response of request `r`. */
inline hang_up(r)
{
  request[r].is_awaited = false;
  if
  :: request[r].state == ACCEPTED || request[r].state == REJECTED -> request[r].state = FREE
  :: else
  fi;
  request[r].n = 0
}

inline forget_view()
{
  seen = 0; matching = 0; is_settled = false; has_others = false
}

inline forget()
{
  forget_view();
  r = 0; n = 0; retries = 0; earlier = 0; not_known = 0; found = 0; response = 0; verdict = 0; purpose = 0;
  began = false; is_unknown = false; is_duplicate = false; settles = false; has_read = false;
  has_found = false; has_doubtful = false; is_running = false; was_settled = false; stage[me] = 0
}

/*
 * An atomic sequence is a computation between two steps that other processes can notice. The client's process can be
 * killed at each step, any number of times. Another process then calls find_order.
 */
proctype Client(bit me; bit must_find)
{
  byte r, n, retries, earlier, not_known, seen, matching, found;
  bit began, is_unknown, is_duplicate, settles, has_read, has_found, has_doubtful, is_settled, was_settled, is_running;
  bit has_others;
  mtype response, verdict, purpose;

process:
  {
    if
    :: must_find -> goto find_order_run
    :: else
    fi;

    atomic {
      printf("client %d: records its order and the time\n", me);
#ifndef TWINS
      is_busy[me] = true;
#endif
      if
      :: IS_SAME_ORDER && order[OTHER].is_accepted && order[OTHER].age == 0 ->
        is_disturbed = true
      :: else
      fi;

call_run: /* = call/call.lua: run */
      retries = 0; is_unknown = false; is_reported_rejected[me] = false;
      entry_open();

try_until_done: /* = call/call.lua: try_until_done */
      if
#ifndef TWINS /* with TWINS, both calls begin at the same moment */
      :: !began -> match_is_since(OTHER)
#else
      :: !began -> skip
#endif
      :: began
      fi
    };

#ifdef TWINS
    assert(request[me].state == FREE);
#endif

attempt_once: /* = call/attempt.lua: once */
    if
    :: atomic {
      request[FIRST(me)].state == FREE || request[LAST(me)].state == FREE ->
        r = (request[FIRST(me)].state == FREE -> FIRST(me) : LAST(me));
        stage[me] = SENDING;
        printf("client %d: attempt.once: sends request %d\n", me, r);
        request[r].state = SENT;
        request[r].is_awaited = true
    }
    :: atomic {
      printf("client %d: attempt.once: cannot connect\n", me);
      goto wait_for_retry
    }
    fi;

http_send: /* = call/http.lua: send */
    atomic {
      if
      :: request[r].state == ACCEPTED -> response = RESULT; found = request[r].n
      :: request[r].state == REJECTED ->
        if
        :: response = REJECTION
        :: response = DUPLICATION /* error code 6130, 1009 or 7302, whether justified or not */
        :: response = NOTHING_TO_DO /* the response is a result without backups */
        fi
      :: true ->
        printf("client %d: http.send: request %d: closed, not valid, or status 500 to 504\n", me, r);
        response = UNCLEAR;
        settles = true;
#ifndef DROP_CLOSED
        if :: request[r].state == SENT -> request[r].state = FREE :: else fi
#endif
      :: true ->
        printf("client %d: http.send: request %d: timeout\n", me, r);
        response = UNCLEAR;
        settles = false
      fi;
      hang_up(r);
      r = 0;
      stage[me] = 0;

next_step: /* = call/after_failure.lua: next_step */
      if
      :: response == RESULT ->
        report_result(found);
        entry_close(found);
        goto over
      :: response == NOTHING_TO_DO && !began -> goto nothing_begun
      :: response == NOTHING_TO_DO && began -> /* = call/after_failure.lua: search_earlier */
        purpose = OF_EARLIER; is_duplicate = true; settles = true;
        goto search_run
      :: response == REJECTION || response == DUPLICATION && !began ->
        printf("client %d: after_failure.next_step: rejected\n", me);
        goto wait_for_retry
      :: response == DUPLICATION && began ->
        printf("client %d: after_failure.next_step: rejected as a duplicate\n", me);
        is_duplicate = true; settles = false
      :: response == UNCLEAR ->
        is_unknown = true; is_duplicate = false;
#ifdef RULE_NO_SEARCH
        goto wait_for_retry
#endif
      fi;

call_search: /* = call/after_failure.lua: search */
      purpose = OF_CALL;
#ifdef RULE_TIMEOUT_SETTLES
      settles = settles || !is_duplicate;
#endif
      entry_note_open();

search_run: /* = lost_orders/search.lua: run */
      response = 0;
      settle_left[me] = SETTLE_TICKS;
#ifdef RULE_SETTLE_AT_SINCE
      settle_left[me] = (purpose == OF_FIND_ORDER -> 0 : SETTLE_TICKS);
#endif
      has_read = false;
      stage[me] = (purpose == OF_FIND_ORDER -> STAGE_OF_FIND_ORDER : (settles || is_duplicate -> PROVING : FINDING))
    };

search_once: /* = lost_orders/search.lua: search_once */
    if
    :: atomic {
      is_settled = has_read && settle_left[me] == 0;
#ifdef RULE_FIRST_READ
      is_settled = true;
#endif
      tasks_read()
    }
    :: atomic { /* the time of the search is over, or too many reads have failed */
      /* = lost_orders/search.lua: last_verdict */
      verdict = (has_found && !IS_OF_ANOTHER(found) && !MUST_WAIT(was_settled) -> FOUND : OPEN);
      printf("client %d: search.run: %e at the end\n", me, verdict);
      goto entry_search
    }
    fi;

    atomic {
#ifndef TWINS
      records_read();
#endif
      evidence_read();
      has_read = true;
#ifdef RULE_NO_DOUBT
      has_doubtful = false;
#endif
#ifdef DROP_COMPLETE
      if :: matching == 0 && has_found && !IS_OF_ANOTHER(found) -> matching = 1 :: else fi; /* has_vanished */
#endif
      /* = lost_orders/search.lua: verdict_of */
      if
      :: matching == 2 && !MUST_WAIT(true) -> verdict = SEVERAL
      :: matching == 1 && !MUST_WAIT(is_settled) -> verdict = FOUND
      /* = lost_orders/search.lua: verdict_of_empty */
      :: matching == 0 && is_duplicate && has_others -> verdict = OTHERS
      :: matching == 0 && !(is_duplicate && has_others) && settles && is_settled ->
        verdict = (has_doubtful -> IN_DOUBT : (purpose == OF_EARLIER -> OPEN : NOTHING))
      :: matching < 2 || MUST_WAIT(true) -> skip /* reads again: nothing is certain, or the read is incomplete or has no date */
      fi;
      has_found = matching == 1;
#ifdef TWINS
      was_settled = has_found && is_settled;
#endif
      forget_view();
      if
      :: verdict == 0 -> found = (has_found -> found : 0); goto search_once
      :: else -> printf("client %d: search.run: %e\n", me, verdict)
      fi;

entry_search: /* = lost_orders/entry.lua: search */
      settle_left[me] = 0; has_read = false; has_found = false; has_doubtful = false; was_settled = false;
      stage[me] = 0;
      is_duplicate = false; settles = false;
      is_unknown = verdict != NOTHING && verdict != OTHERS;
      if
      :: verdict == FOUND ->
        report_result(found);
        entry_close(found);
        goto over
      :: verdict == NOTHING && purpose == OF_CALL -> verdict = 0; purpose = 0; goto wait_for_retry
      :: verdict == NOTHING && purpose == OF_FIND_ORDER ->
        printf("client %d: find_order returns false\n", me);
        verdict = 0; purpose = 0;
        report_rejection();
        goto call_run /* places the order again */
      :: verdict == OTHERS && purpose == OF_EARLIER -> goto nothing_begun
      :: else -> verdict = 0; purpose = 0; found = 0; goto errors_finish
      fi
    };

wait_for_retry: /* = call/after_failure.lua: wait_for_retry */
    if
    :: atomic { retries + 1 < MAX_ATTEMPTS -> retries++; response = 0; goto try_until_done }
    :: skip
    fi;

errors_finish: /* = errors.lua: finish */
    atomic {
      response = 0;
      if
      :: is_unknown ->
        printf("client %d: errors.finish: unknown\n", me);
        if
#ifndef TWINS
        :: goto find_order_run
#elif defined(WITH_FIND_ORDER)
        :: me == 0 && !has_called_find_order -> has_called_find_order = true; goto find_order_run
#endif
        :: goto over
        fi
      :: else
      fi;
      printf("client %d: errors.finish: rejected\n", me);
      report_rejection();
      goto over
    };

nothing_begun:
    atomic {
      printf("client %d: returns a result without backups\n", me);
      report_rejection();
      goto over
    };

find_order_run: /* = lost_orders/find_order.lua: run */
    atomic {
#ifndef DROP_STRAY
      !IS_STRAY(me) ->
#endif
        printf("client %d: calls find_order\n", me);
        forget();
#ifndef TWINS
        match_is_since_recorded();
#endif
        entry_open_foreign();
        purpose = OF_FIND_ORDER; settles = true;
        entry_note_open();
        goto search_run
    };

over:
    atomic { is_busy[me] = false; must_find = false; forget() }
  } unless {
    atomic {
      is_killed && me == 0 ->
        is_killed = false;
        forget();
        must_find = true;
        goto process
    }
  }
}

#ifndef TWINS
/* Client 1, as far as client 0 can notice it. */
proctype Second_client()
{
  byte n;
end:
  do
  :: atomic {
    !order[1].is_accepted ->
      printf("back end: accepts the order of client 1\n");
      is_disturbed = is_disturbed || is_busy[0] && IS_SAME_ORDER;
      accept(1);
      n = 0
  }
  od
}

/* Kills the process of client 0 between any two steps. */
proctype Operator()
{
end:
  do
  :: atomic {
    is_busy[0] && !is_killed ->
#ifdef DROP_ENDED
      printf("client 0: is taken for dead\n");
      run Client(0, true);
      break
#else
      printf("client 0: is killed\n");
      is_killed = true;
      hang_up(0); hang_up(1);
      settle_left[0] = 0
#endif
  }
  od
}
#endif

init {
  atomic {
#ifdef TWINS
    skew = EQUAL;
    run Client(1, false);
#else
    if :: is_same_order = false :: is_same_order = true fi;
    if
    :: skew = EQUAL
    :: skew = BEHIND
    :: IS_SAME_ORDER -> skew = AHEAD
#ifdef DROP_CLOCKS
    :: skew = FAR_BEHIND
#endif
    fi;
    run Second_client(); run Operator();
#endif
    run Service(0); run Service(1); run Clock(); run Client(0, false)
  }
}
