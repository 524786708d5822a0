/*
 * Conflation with deletions: what a hub sends to a consumer that lags behind.
 *
 * A producer changes, deletes and creates entries again, several in one version at times. Its
 * journal, its tombstones and its snapshots are bounded or old. One consumer gets frames from its
 * cursor to the present version when its window is open, is cut, comes back, or has a copy in
 * doubt. Messages arrive in order and undamaged: what goes wrong here would be the hub's doing.
 *
 * Property: each frame leads the consumer exactly to the producer's state at the frame's `to`, and
 * never back; a head is only ever of the version held; the window bounds what is under way.
 *
 * Each part names the functions that it stands for; they point back here. How to run, bounds, and
 * what is left out: README.md beside this file.
 *
 * Flags that add something
 *   PARTS    a frame may be sent in parts, with commits in between
 *   BRIDGE   the frame that followed a snapshot is kept, and sent again to later joiners
 *   GATHER   a snapshot may be gathered key by key, with commits in between
 *   COMPARE  a consumer's past may be unknown or its copy wrong: comparison and repair
 *   LIAR     a consumer that acknowledges what it likes
 *
 * Flags that take a rule away: NO_..., LAST_BEFORE and TRIM_HALF, each at the place of the rule.
 */

#ifndef MAXV
#define MAXV 5 /* versions */
#endif
#define KEYS 3
#define JMAX 2 /* journalEntriesMax */
#define TMAX 1 /* tombstonesMax */
#define WINDOW 2 /* in messages */

/* A collection: two bits for each key, the value 1 or 2, 0 where there is no entry. */
#define VALUE(c, k) (((c) >> (2 * (k))) & 3)
#define WITH(c, k, x) (((c) & (63 - (3 << (2 * (k))))) | ((x) << (2 * (k))))

/* One change in a frame: cache/change.ts. A patch is an exclusive or, so it needs its base. */
#define PUT(x) (4 + (x))
#define DELETE 8
#define PATCH(x) (12 + (x))
#define TWICE 16
#define KIND(o) ((o) / 4)

mtype = { FRAME, MENDED, HEAD };

/* -------------------------------------------------------------------------------- state --- */

/* Collection: content, version, Entry.version of each key */
byte store, ver, made[KEYS];
/* Tombstones */
byte grave[KEYS], t_floor;
/* Journal: version, key, value before (0: none) */
byte j_ver[4], j_key[4], j_before[4], j_size, j_floor;

/* Transfers.snapshot: to, content, digest; and the SnapshotMaker: from, content, keys seen */
byte s_to, s_data, s_digest, g_to, g_data, g_seen;
bit making;
#ifdef BRIDGE
/* Transfers.bridge: a frame from the snapshot, kept for those who come later */
byte b_from, b_to, b_digest, b_op[KEYS];
/* Another consumer, which takes the place of the first for a while. */
byte o_ver, o_data;
#endif

/* Session. `since` and `sums` are of a comparison. */
byte cursor, least, since, sums;
bit comparing;
/* A frame of which the last part has not been sent. */
bit sending;
byte f_from, f_to, f_digest, f_op[KEYS];

/* type, from, to, digest at `to`, a change for each key */
chan down = [WINDOW] of { mtype, byte, byte, byte, byte, byte, byte };

#ifdef LIAR
/* Bytes not acknowledged, in messages: a lie brings it below 0. Sent since the last of all. */
short flight;
byte unheard;
#endif

/* The consumer. It acknowledges what it reads, at once: to read late is to acknowledge late. */
byte c_ver, c_data;
bit doubt; /* its copy may be wrong; Recovery.isInDoubt */

/* Within one step; 0 between steps. */
mtype type;
byte i, k, x, b, n, start, next;
byte from, to, d, op[KEYS];

inline clean() {
  type = 0;
  i = 0;
  k = 0;
  x = 0;
  b = 0;
  n = 0;
  start = 0;
  next = 0;
  from = 0;
  to = 0;
  d = 0;
  op[0] = 0;
  op[1] = 0;
  op[2] = 0
}

#include "conflation-producer.pml"

/* ------------------------------------------------------------------------------ the hub --- */

#define MAX(p, q) ((p) > (q) -> (p) : (q))
#define FLOOR (j_floor < t_floor -> j_floor : t_floor)
#ifdef NO_LEAST
#define LEAST 0
#else
#define LEAST MAX(cursor, least)
#endif
/* Transfers.isUsable */
#ifdef NO_USABLE
#define USABLE(v) ((v) > 0 && (v) >= LEAST)
#else
#define USABLE(v) ((v) > 0 && (v) >= j_floor && (v) >= LEAST)
#endif
/* Transfers.next: who gets everything */
#ifdef NO_RESTART
#define ANEW (cursor == 0)
#else
#define ANEW (cursor == 0 || cursor < FLOOR)
#endif

inline send(what) {
  down!what, from, to, d, op[0], op[1], op[2];
#ifdef LIAR
  flight++;
  unheard++;
  assert(unheard <= WINDOW) /* P14, S6: no more than the window without an acknowledgement */
#endif
}

/* Feed.next and Publisher.sendTo. In parts: the last one goes later. */
inline begin(parts) {
  assert(to > cursor); /* else the session gets nowhere */
  if
  :: parts ->
    sending = 1;
    f_from = from;
    f_to = to;
    f_digest = d;
    f_op[0] = op[0];
    f_op[1] = op[1];
    f_op[2] = op[2]
  :: else -> send(FRAME); cursor = to
  fi
}

inline end_transfer() {
  sending = 0;
  f_from = 0;
  f_to = 0;
  f_digest = 0;
  f_op[0] = 0;
  f_op[1] = 0;
  f_op[2] = 0
}

/* A snapshot as the changes of a frame from 0. */
inline load_snapshot() {
  from = 0;
  to = s_to;
  d = s_digest;
  for (k : 0 .. 2) {
    x = VALUE(s_data, k);
    op[k] = (x > 0 -> PUT(x) : 0)
  }
}

/* Transfers.catchUp; bridgeFrom, but for how much of the way a bridge has to be worth. */
inline keep_bridge() {
#ifdef BRIDGE
  if
  :: from == s_to && from > 0 ->
    b_from = from;
    b_to = to;
    b_digest = d;
    b_op[0] = op[0];
    b_op[1] = op[1];
    b_op[2] = op[2]
  :: else
  fi
#else
  skip
#endif
}
#ifdef NO_BRIDGE_FROM
#define BRIDGED (b_to > cursor)
#else
#define BRIDGED (b_from == cursor)
#endif

/* Transfers.everything, where nothing at hand will do: small, so encoded at once ... */
inline whole() {
  s_to = ver;
  s_data = store;
  s_digest = store
}

/* ... or large, so gathered step by step. SnapshotMaker.gather, and cut after the last entry. */
inline gather() {
  g_data = WITH(g_data, g_seen, VALUE(store, g_seen));
  g_seen++;
  if
  :: g_seen == KEYS ->
    for (k : 0 .. 2) {
#ifndef NO_GATHER /* Collection.changedAfter: what was committed meanwhile is taken as it is */
      n = (g_to < j_floor);
      for (i : 0 .. 3) {
        if
        :: i < j_size && j_ver[i] > g_to && j_key[i] == k -> n = 1
        :: else
        fi
      }
#endif
      if
      :: n > 0 -> g_data = WITH(g_data, k, VALUE(store, k))
      :: else
      fi
    }
    s_to = ver;
    s_data = g_data;
    s_digest = store;
    making = 0;
    g_to = 0;
    g_data = 0;
    g_seen = 0
  :: else
  fi
}

/* Publisher.mend, Collection.mend, compareClaims; a node is one key. */
inline mending() {
  for (k : 0 .. 2) {
    x = VALUE(store, k);
    if
    :: VALUE(c_data, k) != VALUE(sums, k) -> n = (VALUE(c_data, k) != x) /* claimed */
    :: else ->
      n = 0;
#ifndef NO_MERGE /* whatever has been committed since the comparison began */
      for (i : 0 .. 3) {
        if
        :: i < j_size && j_ver[i] > since && j_key[i] == k -> n = 1
        :: else
        fi
      }
#endif
    fi;
    op[k] = (n == 0 -> 0 : (x > 0 -> PUT(x) : DELETE))
  }
  from = since;
  to = ver;
  d = store
}
#ifdef NO_MEND_REACH
#define MENDS true
#else
#define MENDS (since >= j_floor)
#endif

inline end_comparison() {
  comparing = 0;
  since = 0;
  sums = 0
}

/* Publisher.answer, start.ts startFor, Session.restart: on a new connection, or a resume. */
inline restart(at) {
  do
  :: nempty(down) -> down?type, from, to, d, op[0], op[1], op[2]
  :: empty(down) -> break
  od;
#ifdef LIAR
  flight = 0;
  unheard = 0;
#endif
  cursor = at;
  least = c_ver;
#ifndef NO_TRANSFER_RESET
  end_transfer();
#endif
  end_comparison()
}

inline compare() {
  comparing = 1;
  since = ver;
  sums = store
}

/* ------------------------------------------------------------------------- the consumer --- */

/* ConsumerCache.apply, frame-apply.ts planSnapshot and planDifference, Subscriber.compareHead */
inline receive() {
  if
  :: type == HEAD -> assert(to == c_ver && d == c_data) /* a head never overtakes a frame (S5) */
  :: else ->
    assert(type == MENDED || from == 0 || from == c_ver);
    assert(to >= c_ver);
#ifndef NO_REPLACE /* a frame from 0 replaces everything */
    if
    :: type == FRAME && from == 0 -> c_data = 0
    :: else
    fi;
#endif
    for (k : 0 .. 2) {
      x = VALUE(c_data, k);
      assert(op[k] != TWICE); /* a key comes once in a frame */
      if
      :: KIND(op[k]) == 0
      :: KIND(op[k]) == 1 -> c_data = WITH(c_data, k, op[k] & 3)
      :: KIND(op[k]) == 2 -> c_data = WITH(c_data, k, 0)
      :: else -> assert(x > 0); c_data = WITH(c_data, k, x ^ (op[k] & 3))
      fi
    }
    assert(c_data == d); /* the producer's state at `to` */
    c_ver = to;
    doubt = 0
  fi
}

/* ----------------------------------------------------------------------------- all steps --- */

#ifdef LIAR
#define OPEN (flight < WINDOW && nfull(down))
#else
#define OPEN nfull(down)
#endif
#define SERVING (ver > 0 && !comparing)
#define IDLE (SERVING && OPEN && !sending && cursor < ver)
#define HAS (s_to > 0 && USABLE(s_to))

#define MAY (ver > 0 && ver < MAXV)
#define SET(k_, x_) d_step { MAY && VALUE(store, k_) != x_ -> change(k_, x_); committed() }
#define BOTH(k1, k2, x_) \
  d_step { MAY && VALUE(store, k1) != x_ && VALUE(store, k2) != x_ -> \
    change(k1, x_); change(k2, x_); committed() }

active proctype everything() {
end:
  do
  /* ProducerCache.batch: the first load, longer than the journal. Key 2 has not been there yet. */
  :: d_step { ver == 0 ->
       store = 5; ver = 1; made[0] = 1; made[1] = 1; j_floor = 1 }
  :: SET(0, 0)
  :: SET(0, 1)
  :: SET(0, 2)
  :: SET(1, 0)
  :: SET(1, 1)
  :: SET(2, 0)
  :: SET(2, 1)
  :: BOTH(0, 1, 0)
  :: BOTH(0, 1, 2)
  :: BOTH(1, 2, 0)

  /* Publisher.sendTo: a frame from the cursor, in one message or in parts ... */
  :: d_step { IDLE && !ANEW -> frame(cursor); keep_bridge(); begin(false); clean() }
#ifdef BRIDGE
  :: d_step { IDLE && !ANEW && b_to > 0 && BRIDGED ->
       from = b_from; to = b_to; d = b_digest;
       op[0] = b_op[0]; op[1] = b_op[1]; op[2] = b_op[2];
       begin(false); clean() }
#endif
#ifdef PARTS
  :: d_step { IDLE && !ANEW -> frame(cursor); begin(true); clean() }
#endif
  /* ... or everything: a snapshot at hand, one made now, or one that is gathered. */
  :: d_step { IDLE && ANEW && HAS -> load_snapshot(); begin(false); clean() }
#ifdef PARTS
  :: d_step { IDLE && ANEW && HAS -> load_snapshot(); begin(true); clean() }
#endif
#define MAKES (IDLE && ANEW && !HAS && !making)
  :: d_step { MAKES -> whole() }
#ifdef GATHER
  :: d_step { MAKES -> making = 1; g_to = ver; g_data = 0; g_seen = 0 }
  :: d_step { making -> gather(); clean() } /* Transfers.work, packed */
#endif
  :: d_step { sending && OPEN ->
       from = f_from; to = f_to; d = f_digest;
       op[0] = f_op[0]; op[1] = f_op[1]; op[2] = f_op[2];
       send(FRAME); cursor = to; end_transfer(); clean() }
  /* Publisher.sendHeads: only where everything that leads there has gone. */
#ifdef NO_HEAD_ORDER
#define QUIET true
#else
#define QUIET (cursor == ver && !sending)
#endif
  :: d_step { SERVING && OPEN && QUIET -> to = ver; d = store; send(HEAD); clean() }

  /* The consumer reads. */
  :: d_step { nempty(down) ->
       down?type, from, to, d, op[0], op[1], op[2]; receive(); clean() }
#ifdef LIAR /* Publisher.acknowledge: what was never sent ends the session */
#ifdef NO_ACK_CHECK
  :: d_step { flight > -2 -> flight--; unheard = 0 }
#else
  :: d_step { flight > 0 -> flight--; unheard = 0 }
#endif
#endif

  /* A cut, or a resume; frames go on where the consumer stands, if they can. */
  :: d_step { c_ver > 0 && !doubt && c_data == store -> c_ver = ver; restart(ver); clean() }
  :: d_step { c_ver >= FLOOR && c_ver > 0 && !doubt && c_data != store -> restart(c_ver); clean() }
  :: d_step { doubt || (c_ver > 0 && c_ver < FLOOR) -> restart(0); clean() }
#ifdef BRIDGE
  :: d_step { !doubt && ver > 0 ->
       x = c_ver; c_ver = o_ver; o_ver = x;
       x = c_data; c_data = o_data; o_data = x;
       x = (c_ver < FLOOR -> 0 : c_ver);
       restart(x); clean() }
#endif
#ifdef COMPARE
  /* Its past is unknown, or its copy in doubt, here in one key. */
#define DOUBT(k_, x_) \
  d_step { ver > 0 && VALUE(c_data, k_) != x_ && !comparing -> \
    restart(0); c_data = WITH(c_data, k_, x_); doubt = 1; compare(); clean() }
  :: DOUBT(0, 0)
  :: DOUBT(0, 2)
  :: DOUBT(1, 1)
  :: DOUBT(2, 1)
  :: d_step { doubt && !comparing -> restart(0); compare(); clean() }
  :: d_step { doubt -> restart(0); clean() } /* trust 'nothing', or too little to compare */
  :: d_step { comparing && nfull(down) && MENDS ->
       mending(); end_comparison(); send(MENDED); cursor = ver; clean() }
  :: d_step { comparing && !MENDS -> end_comparison(); cursor = 0 }
#endif
  od
}
