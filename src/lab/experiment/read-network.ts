import { networkBounds, preset, presets } from '../network.ts';
import type { Network, NetworkMember } from '../network.ts';
import { FilePart, nameAmong, problem } from './file-part.ts';

const NAME = /^[A-Za-z0-9][\w.-]{0,39}$/;
const memberNames = Object.keys(networkBounds) as NetworkMember[];
const presetNames = presets.map(({ name }) => name);

/** A preset's name, or an object: members of one's own, on top of those of `like`. */
export function networkFrom(value: unknown, where: string): Network {
  if (typeof value === 'string') return networkFromText(value, where);
  const part = new FilePart(value, where);
  const like = part.text('like');
  const name = part.text('name') ?? like ?? '';
  if (!NAME.test(name)) {
    throw part.wrong('name', 'letters, digits and - . _, at most 40', name);
  }
  const base = like === undefined ? undefined : presetOf(like, part.path('like'));
  const members: Partial<Record<NetworkMember, number>> = {};
  for (const member of memberNames) {
    const [min, max] = networkBounds[member];
    const given = part.number(member, min, max, false);
    if (given !== undefined) members[member] = given;
  }
  part.end();
  return { ...base, name, ...members };
}

/** `mobile`, or `mobile:delayMs=80:cutEveryMs=500`, as it is written on a command line. */
export function networkFromText(text: string, where: string): Network {
  const [name = '', ...parts] = text.split(':');
  if (parts.length === 0) return presetOf(name, where);
  const members = parts.map((part): [string, number] => {
    const [member = '', number = ''] = part.split('=');
    if (!/^\d+(?:\.\d+)?(?:e\d+)?$/.test(number)) {
      throw problem(where, `expected member=number, got ${JSON.stringify(part)}`);
    }
    return [member, Number(number)];
  });
  const like = preset(name) === undefined ? {} : { like: name };
  return networkFrom({ name, ...like, ...Object.fromEntries(members) }, where);
}

function presetOf(name: string, where: string): Network {
  const known = nameAmong(name, presetNames, 'network', where);
  return preset(known) as Network;
}

/** What `networkFromText` reads back as the same network. */
export function networkArgument(network: Network): string {
  const base = preset(network.name);
  const changed = memberNames.filter((member) => network[member] !== base?.[member]);
  return [network.name, ...changed.map((member) => `${member}=${network[member]}`)].join(':');
}
