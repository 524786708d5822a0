/*
 * The consumer of resume.pml: what a subscriber and its cache do with each message. Flags, state
 * and properties are there.
 */

inline forget_request() {
  asked = 0;
  q_nonce = 0;
  q_epoch = NONE;
  q_ver = 0;
  q_digest = 0;
  q_trust = 0
}

inline forget_mend() {
  mend = 0;
  m_nonce = 0;
  m_claim = 0
}

/* The end of a connection, whoever ended it: Subscriber.pause, Publisher.closed. */
inline hang_up() {
  state = OFF;
  epoch = NONE;
  session = 0;
  cursor = 0;
  least = 0;
  s_nonce = 0;
  g_answered = 0;
  g_floor = 0;
  hub = 0;
  head = 0;
  forget_request();
  forget_mend();
#ifndef LEFTOVER
  /* SubscriberDriver.listen: a connection's generation; what an earlier one delivers is dropped. */
  do
  :: nempty(down) -> down?type, n, e, from, to, diff, d
  :: empty(down) -> break
  od
#endif
}

/* Subscriber.request, held.ts positionOf. Without a nonce left the run ends here: a bound. */
inline request(trust) {
  if
  :: nonce == NREQ -> hang_up()
  :: else ->
    nonce++;
    asked = 1;
    q_nonce = nonce;
    q_epoch = (c_ver > 0 -> c_epoch : NONE);
    q_ver = c_ver;
    q_digest = c_data;
    q_trust = trust;
    state = GREETING
  fi
}

/* Subscriber.recover, Recovery.failed: a resume, then a repair, then a pause. */
inline recover() {
  if
  :: state == GREETING || foreign -> hang_up()
  :: else ->
    if
    :: failures < 3 -> failures++
    :: else
    fi;
    if
    :: failures == 1 -> request(POSITION)
    :: failures == 2 -> request(DOUBT)
    :: else -> hang_up()
    fi
  fi
}

/*
 * ConsumerCache.apply and mend, frame-apply.ts proved: the frame in `from`, `to`, `diff`, and its
 * check (`d`, `e`), for the epoch E under which it came. All or nothing; `done` if it was taken.
 */
inline apply(mending) {
  fresh = (c_epoch == NONE || TERM(E) > TERM(c_epoch));
  if
#ifndef NO_FOREIGN /* refuseForeign: nothing from a producer that has been replaced */
  :: !fresh && !SAME(E, c_epoch) -> bad = 1; foreign = 1
#endif
  :: else
  fi;
  skip_it = 0;
  if
#ifndef NO_VERSION_ZERO
  :: !mending && to == 0 -> skip_it = 1 /* version 0 is no state */
#endif
#ifndef NO_REPEAT /* ConsumerCache.isRepeat; mend refuses what goes back */
  :: !fresh && to < c_ver -> skip_it = !mending; bad = bad || mending
#endif
  :: !fresh && !mending && to == c_ver && to > 0 ->
    /* isRepeat: the same version is looked at again where the check differs */
    skip_it = ((d == c_data && SAME(e, E)) || (from > 0 && from < to))
  :: else
  fi;
  if
  :: bad || skip_it
  :: else ->
    if
#ifndef NO_FROM /* ConsumerCache.checkFrom */
    :: !mending && from > 0 && (fresh || from != c_ver) -> bad = 1
#endif
    :: else ->
      was = c_data;
      c_data = ((from == 0 && !mending) -> diff : (c_data ^ diff));
      if
#ifndef NO_CHECK /* proved: the check over content, epoch and versions */
      :: c_data != d || !SAME(e, E) -> bad = 1; c_data = was
#endif
      :: else -> done = 1; visible(E, to)
      fi
    fi
  fi
}

/*
 * Subscriber.applied. `here`: the frame came by this connection. A snapshot of an earlier one that
 * was inflated meanwhile is a right state, but says nothing of the producer at the other end now.
 */
inline applied(here) {
  failures = 0;
  if
#ifndef NO_UNPACK_HERE
  :: !(here)
#endif
  :: else ->
    head = (to > head -> to : head);
    if
    :: state == COMPARING || state == CATCHING || state == LIVE ->
      if
      :: c_ver >= head -> current()
      :: else -> state = CATCHING
      fi
    :: else
    fi
  fi
}

#ifdef NO_DIGEST /* equal content, as the digest shows: only the position changes */
#define EQUAL(digest, data) true
#else
#define EQUAL(digest, data) (digest == data)
#endif
#ifdef NO_FOREIGN
#define ADOPTS true
#else
#define ADOPTS (fresh || (SAME(e, c_epoch) && to >= c_ver))
#endif
#ifdef NO_HEAD_DIGEST
#define PROVES true
#else
#define PROVES (d == c_data && diff == c_data && SAME(e, c_epoch))
#endif

/* Subscriber.answered, ConsumerCache.adopt, beginWalk. `anew`: comparing would cost too much. */
inline answered(anew) {
  epoch = e;
  head = to;
  if
  :: type == COMPARISON && anew -> request(NOTHING)
  :: type == COMPARISON && !anew ->
    state = COMPARING;
    mend = 1;
    m_nonce = nonce;
    m_claim = c_data
  :: type == ANSWER && from == 0 -> state = CATCHING
  :: type == ANSWER && from > 0 ->
    fresh = (c_epoch == NONE || TERM(e) > TERM(c_epoch));
    if
    :: from == to && EQUAL(d, c_data) && ADOPTS -> visible(e, to); current()
    :: else ->
      if
      :: from != c_ver || from == to -> recover()
      :: else -> state = CATCHING
      fi
    fi
  fi
}

#define READS (state == CATCHING || state == LIVE DROPS)
#ifdef NO_DROP /* `greeting`: what arrives before the answer is dropped */
#define DROPS || (state == GREETING && c_epoch != NONE)
#else
#define DROPS
#endif
#ifdef NO_NONCE /* nonce.ts: an answer is to one request */
#define MINE true
#else
#define MINE (n == nonce)
#endif

/* Subscriber.handle, with the table of subscriber-state.ts. */
inline handle(packed, anew) {
  if
  :: type == REFUSAL -> hang_up()
  :: (type == ANSWER || type == COMPARISON) && (state == GREETING || state == COMPARING) && MINE ->
    answered(anew)
  :: type == FRAME && READS ->
    E = (epoch == NONE -> c_epoch : epoch);
    if
    :: packed && from == 0 && p_epoch == NONE && state != GREETING -> /* takeChunk, the last */
      p_epoch = E;
      p_e = e;
      p_to = to;
      p_data = diff;
      p_digest = d;
      state = INSTALLING
    :: else ->
      apply(false);
      if
      :: bad -> recover()
      :: done -> applied(true)
      :: else
      fi
    fi
  :: type == MENDED && state == COMPARING && MINE -> /* applyMending */
    E = epoch;
    apply(true);
    if
    :: bad -> recover()
    :: done -> applied(true)
    :: else
    fi
  :: type == HEAD && READS -> /* compareHead */
    at = ((epoch == NONE || SAME(c_epoch, epoch)) -> c_ver : 0);
    if
    :: to < at
    :: to == at && PROVES -> current()
    :: else -> recover()
    fi
  :: else
  fi
}

/* What a damaged message comes to: what has a check of its own is an error at once. */
inline damage() {
  if
  :: type == FRAME || type == MENDED -> diff = diff ^ 1
  :: type == ANSWER || type == COMPARISON -> e = e ^ 1
  :: else -> d = d ^ 1
  fi
}

inline clean() {
  type = 0;
  n = 0;
  e = 0;
  from = 0;
  to = 0;
  diff = 0;
  d = 0;
  was = 0;
  at = 0;
  E = 0;
  fresh = 0;
  bad = 0;
  foreign = 0;
  done = 0;
  skip_it = 0
}
