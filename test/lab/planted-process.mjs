// For processes of the lab in tests: any frame passes for right, whatever its digest says.
import { CollectionDigest } from '../../dist/cache/collection-digest.js';

CollectionDigest.prototype.check = () => 7;
