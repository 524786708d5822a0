/*
 * The producer of conflation.pml: entries, journal, tombstones, and the frames made of them. Flags,
 * state and properties are there.
 */

/* Tombstones.set: the oldest are let go, and the floor says so. */
inline bury(key_, version_) {
  grave[key_] = version_;
  n = (grave[0] > 0) + (grave[1] > 0) + (grave[2] > 0);
  do
  :: n > TMAX ->
    i = 0;
    x = 255;
    for (k : 0 .. 2) {
      if
      :: k != key_ && grave[k] > 0 && grave[k] < x -> x = grave[k]; i = k
      :: else
      fi
    }
    grave[i] = 0;
#ifndef NO_TOMB_FLOOR
    t_floor = (x > t_floor -> x : t_floor);
#endif
    n--
  :: else -> break
  od
}

/* Collection.commit, for one key: journal record, tombstone, entry. */
inline change(key_, value_) {
  j_ver[j_size] = ver + 1;
  j_key[j_size] = key_;
  j_before[j_size] = VALUE(store, key_);
  j_size++;
  if
  :: value_ == 0 -> made[key_] = 0; bury(key_, ver + 1)
  :: else ->
#ifdef NO_ENTRY_VERSION /* an entry that is changed keeps the version that created it */
    made[key_] = (made[key_] > 0 -> made[key_] : ver + 1);
#else
    made[key_] = ver + 1;
#endif
#ifndef NO_TOMB_CLEAR /* a key that is created again is not deleted any more */
    grave[key_] = 0
#endif
  fi;
  store = WITH(store, key_, value_)
}

/* Journal.trim: whole versions go. */
inline trim() {
  do
  :: j_size > JMAX ->
    x = j_ver[0];
    do
    :: j_size > 0 && j_ver[0] == x ->
      for (k : 0 .. 2) {
        j_ver[k] = j_ver[k + 1];
        j_key[k] = j_key[k + 1];
        j_before[k] = j_before[k + 1]
      }
      j_ver[3] = 0;
      j_key[3] = 0;
      j_before[3] = 0;
      j_size--;
#ifdef TRIM_HALF /* one record after the other, the floor with the last of a version */
      break
#endif
    :: else -> break
    od;
#ifdef TRIM_HALF
    j_floor = (j_ver[0] == x -> j_floor : x)
#else
#ifdef NO_JOURNAL_FLOOR /* off by one */
    j_floor = x - 1
#else
    j_floor = x
#endif
#endif
  :: else -> break
  od
}

inline committed() {
  ver++;
  trim();
  clean()
}

/* Collection.changesAfter, changeBetween: patches from the first record of each key. */
inline from_journal() {
  for (k : 0 .. 2) {
    x = VALUE(store, k);
    n = 0;
    b = 0;
    for (i : 0 .. 3) {
      if
#ifdef LAST_BEFORE
      :: i < j_size && j_ver[i] > start && j_key[i] == k -> b = j_before[i]; n = 1
#else
      :: i < j_size && j_ver[i] > start && j_key[i] == k && n == 0 -> b = j_before[i]; n = 1
#endif
      :: else
      fi
    }
    if
    :: n == 0 || b == x -> op[k] = 0
    :: n > 0 && b > 0 && x == 0 -> op[k] = DELETE
    :: n > 0 && b == 0 && x > 0 -> op[k] = PUT(x)
    :: else -> op[k] = PATCH(b ^ x)
    fi
  }
}

/* Collection.wholeValuesAfter: what is newer by entries, and by tombstones. */
inline from_entries() {
  for (k : 0 .. 2) {
    x = VALUE(store, k);
    op[k] = ((x > 0 && made[k] > start) -> PUT(x) : 0);
    if
    :: start > 0 && grave[k] > start -> op[k] = (op[k] > 0 -> TWICE : DELETE)
    :: else
    fi
  }
}

/* Collection.frame */
inline frame(from_) {
  start = from_;
  if
  :: start > 0 && start >= j_floor -> from_journal()
  :: else ->
#ifndef NO_RESTART /* below the floor of the tombstones only everything will do */
    start = (start >= t_floor -> start : 0);
#endif
    from_entries()
  fi;
  from = start;
  to = ver;
  d = store
}
