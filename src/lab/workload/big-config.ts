import type { SeededRandom } from '../../testing/seeded-random.ts';
import { decimals, distinct } from './workload.ts';
import type { WorkloadKind } from './workload.ts';

interface Setting {
  readonly enabled: boolean;
  readonly owner: string;
  readonly rollout: number;
  readonly note: string;
}

type Section = Readonly<Record<string, Setting>>;

const SECTION_SETTINGS = 25;
const OWNERS = ['billing', 'checkout', 'growth', 'platform', 'search', 'security'] as const;
const WORDS = [
  'cache',
  'limit',
  'retry',
  'region',
  'budget',
  'legacy',
  'canary',
  'audit',
  'batch',
  'export',
  'index',
  'quota',
  'shadow',
  'switch',
  'timeout',
  'worker',
] as const;

function words(random: SeededRandom, count: number, between: string): string {
  return Array.from({ length: count }, () => random.pick(WORDS)).join(between);
}

function newSetting(random: SeededRandom): Setting {
  return {
    enabled: random.chance(0.5),
    owner: random.pick(OWNERS),
    rollout: decimals(random.float(), 2),
    note: words(random, 3 + random.below(6), ' '),
  };
}

/** Mostly a switch or a share; now and then somebody writes a note. */
function changedSetting(setting: Setting, random: SeededRandom): Setting {
  const what = random.below(8);
  if (what < 3) return { ...setting, enabled: !setting.enabled };
  if (what < 7) return { ...setting, rollout: decimals((setting.rollout + 0.01) % 1, 2) };
  return { ...setting, note: words(random, 3 + random.below(6), ' ') };
}

function nameOf(n: number): string {
  return `${WORDS[n % WORDS.length]}-${String(n).padStart(5, '0')}`;
}

function sectionsOf(random: SeededRandom, settings: number): Map<string, Section> {
  const sections = new Map<string, Section>();
  for (let from = 0; from < settings; from += SECTION_SETTINGS) {
    const count = Math.min(SECTION_SETTINGS, settings - from);
    const section = Array.from({ length: count }, (_, i) => [nameOf(from + i), newSetting(random)]);
    sections.set(`section-${nameOf(from / SECTION_SETTINGS)}`, Object.fromEntries(section));
  }
  return sections;
}

/** One large document in which little changes. */
export const bigConfig: WorkloadKind = {
  name: 'big-config',
  summary: 'one large nested document of settings, of which few change at a time',
  size: { unit: 'settings', initial: 1000, min: 1, max: 50_000 },
  change: { unit: 'settings', initial: 1, min: 1, max: 50_000 },
  make: ({ random, size, change }) => {
    const draws = random.fork('changes');
    const sections = sectionsOf(random.fork('settings'), size);
    const names = [...sections.keys()];
    let revision = 0;
    const document = (): unknown => ({
      name: 'config',
      revision,
      sections: Object.fromEntries(sections),
    });
    const first = document();
    return {
      title: `one document of ${size} settings`,
      initial: () => [['config', first]],
      next: () => {
        revision++;
        for (const n of distinct(draws, Math.min(change, size), size)) {
          const name = names[Math.floor(n / SECTION_SETTINGS)] as string;
          const section = sections.get(name) as Section;
          const setting = nameOf(n);
          const next = changedSetting(section[setting] as Setting, draws);
          sections.set(name, { ...section, [setting]: next });
        }
        return [{ key: 'config', value: document() }];
      },
    };
  },
};
