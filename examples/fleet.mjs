// Prints a feed as a delivery fleet would make it: one line of JSON an update, the same each time.
//
//   node examples/fleet.mjs > fleet.ndjson
//
// 40 vans on the move for 3,000 updates. A van's whole record is printed each time, as most
// programs send it today.
const VANS = 40;
const UPDATES = 3000;

let state = 20_260_101;
/** A number from 0 to 1; the same row of numbers each run. */
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const pick = (list) => list[Math.floor(random() * list.length)];
const STREETS = ['Mill Road', 'Station Street', 'Harbour Lane', 'North Quay', 'Castle Hill'];

const newStop = () => ({
  address: `${1 + Math.floor(random() * 200)} ${pick(STREETS)}`,
  parcels: 1 + Math.floor(random() * 5),
  status: 'planned',
});

const vans = Array.from({ length: VANS }, (_, i) => ({
  id: `van-${String(i + 1).padStart(2, '0')}`,
  depot: pick(['east', 'west', 'harbour']),
  position: {
    lat: 52 + Math.floor(random() * 1e5) / 1e6,
    lon: 4 + Math.floor(random() * 1e5) / 1e6,
  },
  speed: 0,
  battery: 100,
  seenAt: 1_767_225_600_000,
  stops: Array.from({ length: 12 }, newStop),
}));

/** What happens to a van between two reports. */
function drive(van, nowMs) {
  van.seenAt = nowMs;
  van.speed = Math.floor(random() * 60);
  van.position.lat = Number((van.position.lat + (random() - 0.5) / 1000).toFixed(6));
  van.position.lon = Number((van.position.lon + (random() - 0.5) / 1000).toFixed(6));
  if (random() < 0.1) van.battery = Math.max(5, van.battery - 1);
  if (random() < 0.05) {
    van.stops.find(({ status }) => status === 'planned').status = 'delivered';
    if (van.stops.filter(({ status }) => status === 'planned').length < 4) {
      van.stops = [...van.stops.slice(6), ...Array.from({ length: 6 }, newStop)];
    }
  }
}

for (let i = 0; i < UPDATES; i++) {
  const van = vans[i < VANS ? i : Math.floor(random() * VANS)];
  drive(van, 1_767_225_600_000 + i * 250);
  process.stdout.write(`${JSON.stringify(van)}\n`);
}
