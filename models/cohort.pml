/*
 * Groups of dense frames: consumers that share the memory of one coder.
 *
 * A hub codes each frame once, by what the frames of its group before it were like, for all sessions
 * that have been sent those. Two consumers lag, lose messages, are sent damaged ones, ask again, are
 * cut and come back; the hub starts anew. What is not dense is a frame that needs its base only.
 *
 * A coder's memory is what it has coded since its last reset: here the versions at which its frames
 * began and ended, so that equal bits are equal memories.
 *
 * Properties: what a consumer applies is right (P1). Nobody who got all that was sent misses a frame
 * of a group or reads one with another memory than it was written with. Nothing new is taken for a
 * repeat. All that was sent leads to the hub's cursor.
 *
 * Each part names the functions that it stands for; they point back here. How to run, bounds, and
 * what is left out: README.md beside this file.
 *
 * Flags that add something
 *   PARTS    a frame may be sent in parts, with commits in between
 *   LOSS     messages are lost on a line that stays open
 *   CORRUPT  messages are damaged
 *   TWICE    messages arrive twice
 *   LEFTOVER after a cut, what was under way arrives on the next connection
 *   RESTART  a hub that starts anew, with groups from 1
 *   FAIL     a frame that takes too long to code
 *   AUTO     groups that save too little, and trials that save enough
 *
 * Flags that take a rule away: NO_..., each at the place of the rule.
 */

#ifndef MAXV
#define MAXV 6 /* versions */
#endif
#ifndef MAXG
#define MAXG 4 /* groups */
#endif
#ifndef FRAMES
#define FRAMES 3 /* GROUP_FRAMES_MAX */
#endif
#define QLEN 2 /* messages under way to each consumer */

/* A memory: a bit for each version at which a frame of the group began or ended. */
#define AT(v) (1 << (v))
#define ASTRAY 128 /* left in the middle of a frame, as no other is */

mtype = { PLAIN, DENSE, ANSWER };

/* ---------------------------------------------------------------------------------- state --- */

/* Collection.version; what it was before the present turn */
byte ver = 1, before = 1;
/* Cohort: group, tally.frames, to, isOver, isOn; the coder's memory */
byte group, frames, to, mem;
bit over = 1, on = 1;
/* Cohort.step: from, to (0: none), index, memory before it */
byte s_from, s_to, s_index, s_mem;
#ifdef RESTART
bit restarted;
#endif

/* Session: cursor, group; the transfer that has begun: from, to (0: none), group (0: not dense) */
byte cursor[2] = 1, follows[2];
byte t_from[2], t_to[2], t_group[2], t_index[2], t_mem[2];

/* group, index, from, to, memory: in order on each line */
chan down[2] = [QLEN] of { mtype, byte, byte, byte, byte, byte };
/* Something was lost or damaged since the last answer. */
bit touched[2];

/* FrameConsumer.version; DenseReader: group, next, and its coder's memory; a request is out */
byte c_ver[2] = 1, c_group[2], c_next[2], c_mem[2];
bit asking[2];

/* Within one step; 0 between steps. */
mtype type;
byte g, ix, f, t, m;
bit right, coded, bad;

inline clean() {
  type = 0;
  g = 0;
  ix = 0;
  f = 0;
  t = 0;
  m = 0;
  right = 0;
  coded = 0;
  bad = 0
}

/* ------------------------------------------------------------------------------- the hub --- */

#define DONE (over || frames >= FRAMES)
#ifdef NO_CURSOR
#define STANDS(s) true
#else
#define STANDS(s) (cursor[s] == s_from)
#endif
#ifdef NO_JOIN
#define JOINS(s) true
#else
#define JOINS(s) (frames == 1 || follows[s] == group)
#endif
/* Transfers.keepsUp */
#define KEEPS_UP(s) (cursor[s] >= before)

/* What is of no use any more is as if it had never been. */
inline end_group() {
  over = 1;
  frames = 0;
  to = 0;
#ifndef NO_RESET
  mem = 0;
#endif
  drop_step()
}

inline drop_step() {
  s_from = 0;
  s_to = 0;
  s_index = 0;
  s_mem = 0
}

/* Cohort.begin, judge; `changes`: the group has shown that it is worth it, or that it is not */
inline begin(changes) {
#ifdef AUTO
  on = (changes -> 1 - on : on);
#endif
  group++;
  frames = 0;
  over = 0;
#ifndef NO_RESET
  mem = 0;
#endif
  skip
}

/* Cohort.code */
inline code(s, fails, changes) {
  if
  :: fails ->
    mem = mem | ASTRAY;
#ifndef NO_END /* Cohort.fail */
    end_group()
#endif
  :: else ->
    s_index = frames;
    s_mem = mem;
    frames++;
    mem = mem | AT(cursor[s]) | AT(ver);
    to = ver;
    if
    :: on -> s_from = cursor[s]; s_to = ver
    :: else ->
      drop_step();
      if
      :: DONE -> begin(changes)
      :: else
      fi
    fi
  fi
}

/* Cohort.advance */
inline advance(s, fails, changes) {
  drop_step();
  coded = 1;
  if
  :: on && (follows[s] != group || cursor[s] != to || DONE) ->
    if
    :: KEEPS_UP(s) && DONE -> begin(changes); coded = on
    :: else -> coded = 0
    fi
  :: !on && !KEEPS_UP(s) -> coded = 0
  :: !on && KEEPS_UP(s) && (over || cursor[s] != to) -> begin(changes)
  :: else
  fi;
  if
  :: coded -> code(s, fails, changes)
  :: else
  fi
}

/* Feed.next: what a session gets next. Cohort.next */
inline choose(s, fails, changes) {
  if
  :: to != ver || over -> advance(s, fails, changes)
  :: else
  fi;
  t_from[s] = cursor[s];
  t_to[s] = ver;
  if
  :: on && s_to == ver && STANDS(s) && JOINS(s) ->
    follows[s] = group;
    t_group[s] = group;
    t_index[s] = s_index;
    t_mem[s] = s_mem;
    t_from[s] = s_from
  :: else ->
#ifndef NO_LEAVE /* who gets another frame has missed one of the group */
    follows[s] = 0;
#endif
    skip
  fi
}

inline drop_transfer(s) {
  t_from[s] = 0;
  t_to[s] = 0;
  t_group[s] = 0;
  t_index[s] = 0;
  t_mem[s] = 0
}

/* Publisher.sendTo: in parts, the last one, maybe after other commits */
inline send(s) {
  type = (t_group[s] > 0 -> DENSE : PLAIN);
  down[s]!type, t_group[s], t_index[s], t_from[s], t_to[s], t_mem[s];
  cursor[s] = t_to[s];
  drop_transfer(s)
}

/* Session.restart */
inline restart(s) {
  cursor[s] = c_ver[s];
#ifndef NO_SESSION_RESET
  follows[s] = 0;
#endif
  drop_transfer(s)
}

/* Publisher.flush, Cohort.beginTurn */
inline turn(versions) {
  before = ver;
  ver = ver + versions;
  drop_step(); /* it does not lead there */
  if
  :: on && follows[0] != group && follows[1] != group -> end_group()
  :: else
  fi
}

/* ------------------------------------------------------------------------- the consumers --- */

/* DenseReader.forget, by FrameReader.clear: with each request, and each new connection */
inline forget(s) {
#ifndef NO_FORGET
  c_group[s] = 0;
  c_next[s] = 0;
  c_mem[s] = 0;
#endif
  skip
}

/* Subscriber.recover, request */
inline recover(s) {
  assert(touched[s]); /* on a line that nobody has touched, nothing is missed or wrong */
  asking[s] = 1;
  forget(s)
}

#ifdef NO_CHECK
#define PASSES true
#else
#define PASSES right /* frame-apply.ts, proved */
#endif
#ifdef NO_INDEX
#define NEXT true
#else
#define NEXT (g == c_group[s] && ix == c_next[s])
#endif

inline apply(s) {
  if
  :: PASSES -> assert(right); c_ver[s] = t
  :: else -> recover(s)
  fi
}

/* DenseReader.read */
inline read_dense(s) {
  if
  :: g < c_group[s] || (g == c_group[s] && ix < c_next[s]) ->
    assert(bad || t <= c_ver[s]) /* a repeat */
  :: else ->
    if
    :: g == 0 || (ix > 0 && !NEXT) -> recover(s)
    :: else ->
      if
      :: ix == 0 -> c_mem[s] = 0
      :: else
      fi;
      right = (!bad && c_mem[s] == m && c_ver[s] == f);
      c_group[s] = g;
      c_next[s] = ix + 1;
      c_mem[s] = (right -> (m | AT(f) | AT(t)) : ASTRAY);
      apply(s)
    fi
  fi
}

/* FrameConsumer.apply of a frame that needs its base only; its `from` is in it */
inline read_plain(s) {
  if
  :: t <= c_ver[s] && !bad /* a repeat */
  :: else -> right = (!bad && c_ver[s] == f); apply(s)
  fi
}

/* Subscriber.receive. While a request is out everything else is dropped. */
inline receive(s) {
  if
  :: type == ANSWER && asking[s] -> asking[s] = 0; touched[s] = 0
  :: type == DENSE && !asking[s] -> read_dense(s)
  :: type == PLAIN && !asking[s] -> read_plain(s)
  :: else
  fi
}

/* Everything that was sent leads to the cursor. */
#define ARRIVED(s) (touched[s] || asking[s] || nempty(down[s]) || c_ver[s] == cursor[s])

inline drain(s) {
  do
  :: nempty(down[s]) -> down[s]?type, g, ix, f, t, m
  :: empty(down[s]) -> break
  od
}

/* A cut: another connection, and the answer to its hello. */
inline reconnect(s) {
#ifdef LEFTOVER
  touched[s] = nempty(down[s]);
#else
  touched[s] = 0;
  drain(s);
#endif
  asking[s] = 0;
  forget(s);
  restart(s);
  follows[s] = 0
}

/* ----------------------------------------------------------------------------- all steps --- */

#define TURN(n) d_step { ver + n <= MAXV -> turn(n) }
#define IDLE(s) (t_to[s] == 0 && cursor[s] < ver && group < MAXG && nfull(down[s]))
#define CHOOSE(s, fails, changes) \
  d_step { IDLE(s) -> choose(s, fails, changes); send(s); clean() }
#ifdef PARTS
#define CHOOSE_FIRST(s) d_step { IDLE(s) -> choose(s, 0, 0); clean() }
#define SEND_LAST(s) d_step { t_to[s] > 0 && nfull(down[s]) -> send(s); clean() }
#endif
/* Publisher.answer, to a resume */
#define REPLY(s) \
  d_step { asking[s] && nfull(down[s]) && !(down[s]??[ANSWER, 0, 0, 0, 0, 0]) -> \
    restart(s); down[s]!ANSWER, 0, 0, 0, 0, 0 }
#define READ(s) \
  d_step { nempty(down[s]) -> down[s]?type, g, ix, f, t, m; receive(s); assert(ARRIVED(s)); clean() }
#define LOSE(s) \
  d_step { nempty(down[s]) -> touched[s] = 1; \
    down[s]?type, g, ix, f, t, m; \
    asking[s] = (type == ANSWER -> 1 : asking[s]); clean() }
/* Damage to what is coded, or to where it says that it stands. */
#define DAMAGE(s, group_, index_) \
  d_step { nempty(down[s]) && !(down[s]?[ANSWER, g, ix, f, t, m]) -> touched[s] = 1; \
    down[s]?type, g, ix, f, t, m; bad = 1; g = group_; ix = index_; receive(s); clean() }
#define TWO(s) \
  d_step { down[s]?[DENSE, g, ix, f, t, m] -> \
    down[s]?type, g, ix, f, t, m; receive(s); receive(s); clean() }
#define CUT(s) d_step { reconnect(s); clean() }

active proctype everything() {
end:
  do
  :: TURN(1)
  :: TURN(2)
  :: CHOOSE(0, 0, 0)
  :: CHOOSE(1, 0, 0)
#ifdef AUTO
  :: CHOOSE(0, 0, 1)
  :: CHOOSE(1, 0, 1)
#endif
#ifdef FAIL
  :: CHOOSE(0, 1, 0)
  :: CHOOSE(1, 1, 0)
#endif
#ifdef PARTS
  :: CHOOSE_FIRST(0)
  :: CHOOSE_FIRST(1)
  :: SEND_LAST(0)
  :: SEND_LAST(1)
#endif
  :: REPLY(0)
  :: REPLY(1)
  :: READ(0)
  :: READ(1)
#ifdef LOSS
  :: LOSE(0)
#endif
#ifdef CORRUPT
  :: DAMAGE(0, g, ix)
  :: DAMAGE(0, g, 0)
  :: DAMAGE(0, g, ix + 1)
  :: DAMAGE(0, g + 1, 0)
  :: DAMAGE(0, 0, 0)
#endif
#ifdef TWICE
  :: TWO(0)
#endif
  :: CUT(0)
  :: CUT(1)
  /* Cohort.tick, with someone who waits to join */
  :: d_step { on && !over && frames > 0 && (follows[0] != group || follows[1] != group) -> end_group() }
#ifdef RESTART
  :: d_step { !restarted && ver < MAXV ->
       restarted = 1;
       group = 0; before = ver; end_group();
       reconnect(0); reconnect(1); clean() }
#endif
  od
}
