/*
 * The resume protocol: one consumer, and two producers of one stream, each behind its hub.
 *
 * Producer 0 starts first. Producer 1 takes over with what producer 0 had at some earlier version
 * (a restart that lost its tail, a restored backup), counts its versions from 0 again, and producer
 * 0 may live on. The consumer dials either of them, is cut at any time, and asks again. Messages
 * go in order; they may be lost, damaged, late or repeated, by flag.
 *
 * Where the code is: ARCHITECTURE.md. Each part below names the functions that it stands for; they
 * point back here. How to run, bounds, and what is left out: README.md beside this file.
 *
 * Flags that add trouble
 *   REUSE     producer 1 has the epoch of producer 0: term and incarnation
 *   SAMETERM  equal terms, different incarnations
 *   CORRUPT   a frame, an answer or a head arrives with another content, its check as it was sent
 *   LEFTOVER  after a cut, what was on its way arrives first on the next connection
 *   REPLAY    one message, whenever seen, may arrive again at any later time
 *   UNPACK    a snapshot may be packed: it is installed later, even on another connection
 *
 * Flags that take a guard away: NO_... below, each at the place of the guard.
 */

#ifndef MAXV
#define MAXV 3 /* versions of each producer */
#endif
#ifndef NREQ
#define NREQ 4 /* hellos and resumes */
#endif
#ifndef QLEN
#define QLEN 2 /* messages under way to the consumer */
#endif

mtype = { ANSWER, COMPARISON, FRAME, HEAD, MENDED, REFUSAL };

/* Of the states in protocol/subscriber-state.ts: OFF is `waiting` and `dialing`. */
#define OFF 0
#define GREETING 1
#define COMPARING 2
#define CATCHING 3
#define INSTALLING 4
#define LIVE 5
/* Of those in protocol/session.ts: ASKED has a request before it, or waits for a commit. */
#define ASKED 1
#define SERVING 2
#define COMPARED 3
/* Trust, protocol/message.ts. */
#define POSITION 0
#define DOUBT 1
#define NOTHING 2

/* ------------------------------------------------------------------ epochs: cache/epoch.ts --- */

/* An epoch is named by its producer; 2 is none. Reused, both producers have the name 0. */
#define NONE 2
#ifdef REUSE
#define EPOCH(h) 0
#else
#define EPOCH(h) (h)
#endif
/* freshEpoch (driver/fresh-epoch.ts): each start has a larger term, and its own incarnation. */
#ifdef SAMETERM
#define TERM(e) 1
#else
#define TERM(e) ((e) + 1)
#endif
/* compareEpochs: the incarnation tells two producers with equal terms apart. */
#ifdef NO_INCARNATION
#define SAME(a, b) (TERM(a) == TERM(b))
#else
#define SAME(a, b) ((a) == (b))
#endif
#define CONFLICT(a, b) (TERM(a) == TERM(b) && !SAME(a, b))
#define OLDER(own, other) (TERM(other) < TERM(own))

/* -------------------------------------------------------------------------------- state --- */

/*
 * A collection: two keys with values 0 and 1, so a number from 0 to 3. A digest is the content
 * itself: digests that collide are not modelled. A difference is an exclusive or: applied to
 * another base it makes another content.
 */
byte ver[2]; /* Collection.version */
byte hist[8]; /* content of producer h at version v: hist[4 * h + v] */
bit started; /* producer 1 */

/* One connection: type, nonce, epoch (of the answer, in a check), from, to, difference, digest */
chan down = [QLEN] of { mtype, byte, byte, byte, byte, byte, byte };
bit hub; /* who is at the other end */

/* The session at the hub: protocol/session.ts */
byte session, cursor, least;
/* What the consumer has asked for, under way or under work. */
bit asked, mend;
byte q_nonce, q_epoch = NONE, q_ver, q_digest, q_trust, m_nonce, m_claim, s_nonce;

/* The consumer: protocol/subscriber.ts and cache/frame-consumer.ts */
byte state, nonce, epoch = NONE, head, failures;
byte c_epoch = NONE, c_ver, c_data;
/* A packed snapshot that is being inflated. */
byte p_epoch = NONE, p_e, p_to, p_data, p_digest;
#ifdef REPLAY
mtype r_type;
byte r_n, r_e, r_from, r_to, r_diff, r_d;
#endif

/* What the property needs to know: which request was answered last, and at which version. */
byte g_answered, g_floor;

/* Within one step; 0 between steps. */
mtype type;
byte n, e, from, to, diff, d, was, at, E;
bit fresh, bad, foreign, done, skip_it;

/* --------------------------------------------------------------------------- properties --- */

/* Every visible state is one that a producer of its epoch had at its version (P1). */
#define HAD(h) (EPOCH(h) == c_epoch && c_ver <= ver[h] && hist[4 * h + c_ver] == c_data)

/* ... and (epoch, version) never goes back, nor to a second writer of an equal term (P3). */
inline visible(e1, v1) {
  assert(v1 > 0);
  assert(c_epoch == NONE || TERM(e1) > TERM(c_epoch) || (e1 == c_epoch && v1 >= c_ver));
  c_epoch = e1;
  c_ver = v1;
  assert(HAD(0) || HAD(1))
}

/*
 * Subscriber.current: the consumer calls itself live. Then it holds what the producer at the other
 * end had at that version; and that producer has answered this very request, at no later version.
 */
inline current() {
  failures = 0;
  state = LIVE;
  assert(c_epoch == EPOCH(hub));
  assert(c_ver <= ver[hub] && c_data == hist[4 * hub + c_ver]);
#ifndef REPLAY
  assert(g_answered == nonce && c_ver >= g_floor)
#endif
}

#include "resume-consumer.pml"

/* ------------------------------------------------------------------------------ the hub --- */

#define HIST(v) hist[4 * hub + (v)]

inline say(what, at_from, at_to, it) {
  down!what, s_nonce, EPOCH(hub), at_from, at_to, it, HIST(at_to)
}

/*
 * Publisher.answer, start.ts startFor. `reach`: the journal reaches back to the consumer's
 * version; `compares`: the collection is large enough for a comparison to pay.
 */
inline answer(reach, compares) {
  s_nonce = q_nonce;
  forget_mend();
  at = ver[hub];
  E = EPOCH(hub);
  fresh = (q_epoch == NONE); /* nothing is held */
  bad = 0;
  from = 0;
  least = ((!fresh && SAME(q_epoch, E)) -> q_ver : 0);
  if
#ifndef NO_REFUSE_STALE
  :: !fresh && (OLDER(q_epoch, E) || CONFLICT(q_epoch, E)) -> bad = 1
#endif
#ifndef NO_AHEAD
  :: !fresh && SAME(q_epoch, E) && q_ver > at -> bad = 1
#endif
  :: else ->
    if
    :: fresh || q_trust == NOTHING
    :: !fresh && q_trust == DOUBT -> done = compares
    :: !fresh && q_trust == POSITION ->
      if
#ifndef NO_DIGEST
      :: q_digest == HIST(at) -> from = at
#else
      :: q_ver == at && SAME(q_epoch, E) -> from = at
#endif
      :: else ->
        if
        :: SAME(q_epoch, E) && q_ver < at && reach -> from = q_ver
        :: else -> done = compares
        fi
      fi
    fi
  fi;
  /* Session.restart */
  cursor = from;
  forget_request();
  if
  :: bad -> down!REFUSAL, 0, 0, 0, 0, 0, 0; session = 0
  :: else ->
    g_answered = s_nonce;
    g_floor = at;
    if
    :: done -> session = COMPARED; say(COMPARISON, 0, at, 0)
    :: else -> session = SERVING; say(ANSWER, from, at, 0)
    fi
  fi
}

/* Version 0 is never served: Publisher.start, flush. */
#ifdef NO_VERSION_ZERO
#define HAS_COMMITTED true
#else
#define HAS_COMMITTED (ver[hub] > 0)
#endif
/* leastVersion: no snapshot older than what the consumer has; Transfers.everything. */
#ifdef NO_LEAST
#define LEAST 1
#else
#define LEAST (least > cursor -> least : (cursor > 0 -> cursor : 1))
#endif

inline snapshot(back) {
  at = ver[hub] - back;
  say(FRAME, 0, at, HIST(at));
  cursor = at
}

inline dial(h) {
  hub = h;
  session = ASKED;
  g_answered = 0;
  request((failures > 2 -> NOTHING : (failures > 1 -> DOUBT : POSITION)))
}

inline commit(h, bit_) {
  hist[4 * h + ver[h] + 1] = hist[4 * h + ver[h]] ^ bit_;
  ver[h]++
}

/* ----------------------------------------------------------------------------- all steps --- */

active proctype everything() {
end:
  do
  /* Commits; the first of producer 1 is what it finds of an earlier state. */
  :: d_step { ver[0] < MAXV -> commit(0, 1) }
  :: d_step { ver[0] < MAXV && ver[0] > 0 -> commit(0, 2) }
  :: d_step { !started && ver[0] > 0 -> started = 1 }
  :: d_step { started && ver[1] > 0 && ver[1] < MAXV -> commit(1, 1) }
  :: d_step { started && ver[1] > 0 && ver[1] < MAXV -> commit(1, 2) }
  :: d_step { started && ver[1] == 0 -> ver[1] = 1; hist[5] = hist[ver[0]] }
  :: d_step { started && ver[1] == 0 && ver[0] > 1 -> ver[1] = 1; hist[5] = hist[ver[0] - 1] }

  /* The connection. */
  :: d_step { state == OFF && nonce < NREQ -> dial(0) }
  :: d_step { state == OFF && nonce < NREQ && started -> dial(1) }
  :: d_step { state != OFF -> hang_up(); clean() } /* a cut, a timeout: Subscriber.disconnected */
  :: d_step { nempty(down) -> down?type, n, e, from, to, diff, d; clean() } /* lost */

  /* The hub. */
#define DUE (session != 0 && asked && HAS_COMMITTED && nfull(down))
  :: d_step { DUE -> answer(true, true); clean() }
  :: d_step { DUE -> answer(true, false); clean() }
  :: d_step { DUE -> answer(false, true); clean() }
  :: d_step { DUE -> answer(false, false); clean() }
  /* Publisher.sendTo, Feed.next, Transfers.next: from the cursor to the present version ... */
#define SENDS (session == SERVING && nfull(down))
  :: d_step { SENDS && cursor > 0 && cursor < ver[hub] ->
       say(FRAME, cursor, ver[hub], HIST(cursor) ^ HIST(ver[hub]));
       cursor = ver[hub] }
  /* ... or from 0: the present state, or a snapshot that was made before. */
#define BEHIND (SENDS && (cursor == 0 || cursor < ver[hub]))
  :: d_step { BEHIND && ver[hub] >= LEAST -> snapshot(0); clean() }
  :: d_step { BEHIND && ver[hub] >= LEAST + 1 -> snapshot(1); clean() }
  :: d_step { BEHIND && ver[hub] >= LEAST + 2 -> snapshot(2); clean() }
#ifdef NO_VERSION_ZERO
  :: d_step { SENDS && ver[hub] == 0 -> snapshot(0) }
#endif
  /* Publisher.sendHeads */
  :: d_step { SENDS && cursor == ver[hub] && cursor > 0 -> say(HEAD, cursor, cursor, HIST(cursor)) }
  /* Publisher.mend, Collection.mend; where the journal is too short, everything anew. */
#define COMPARES (session == COMPARED && mend && m_nonce == s_nonce && nfull(down))
  :: d_step { COMPARES ->
       say(MENDED, 0, ver[hub], m_claim ^ HIST(ver[hub]));
       session = SERVING; cursor = ver[hub]; forget_mend() }
  :: d_step { COMPARES ->
       say(ANSWER, 0, ver[hub], 0);
       session = SERVING; cursor = 0; forget_mend() }

  /* The consumer. */
#define HEARS (state != OFF && state != INSTALLING && nempty(down))
  :: d_step { HEARS -> down?type, n, e, from, to, diff, d; handle(false, false); clean() }
  :: d_step { HEARS && down?[COMPARISON] ->
       down?type, n, e, from, to, diff, d; handle(false, true); clean() }
#ifdef UNPACK
  :: d_step { HEARS && down?[FRAME] && p_epoch == NONE ->
       down?type, n, e, from, to, diff, d; handle(true, false); clean() }
  /* Subscriber.unpacked */
  :: d_step { p_epoch != NONE ->
       E = p_epoch; e = p_e; to = p_to; diff = p_data; d = p_digest;
       p_epoch = NONE; p_e = 0; p_to = 0; p_data = 0; p_digest = 0;
       at = (state == INSTALLING);
       if
#ifndef NO_UNPACK_HERE /* a request is out: the answer goes on from what that said */
       :: !at && state != OFF -> skip
#endif
       :: else ->
         state = (at -> CATCHING : state);
         apply(false);
         if
         :: bad && at -> recover()
         :: done -> applied(at)
         :: else
         fi
       fi;
       clean() }
#endif
#ifdef CORRUPT
  :: d_step { HEARS ->
       down?type, n, e, from, to, diff, d;
       damage();
#ifndef NO_ANSWER_CHECK /* describe.ts, hub-message-writer.ts: an answer has a check of its own */
       if
       :: type == ANSWER || type == COMPARISON -> recover()
       :: else -> handle(false, false)
       fi;
#else
       handle(false, false);
#endif
       clean() }
#endif
#ifdef REPLAY
  :: d_step { nempty(down) && r_type == 0 -> down?<r_type, r_n, r_e, r_from, r_to, r_diff, r_d> }
  :: d_step { r_type != 0 && state != OFF && state != INSTALLING ->
       type = r_type; n = r_n; e = r_e; from = r_from; to = r_to; diff = r_diff; d = r_d;
       handle(false, false); clean() }
#endif
  od
}
