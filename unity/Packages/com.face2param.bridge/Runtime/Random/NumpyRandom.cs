using System;

namespace Face2Param
{
    /// <summary>
    /// The stream of NumPy's <c>default_rng([seed, index])</c>: SeedSequence and PCG64 (XSL-RR),
    /// as NumPy's policy keeps it. Record i of a database therefore shows the same character
    /// whether Unity or Python drew it.
    /// </summary>
    public sealed class NumpyRandom
    {
        const ulong MultiplierHigh = 2549297995355413924UL;
        const ulong MultiplierLow = 4865540595714422341UL;

        ulong high, low;
        readonly ulong incrementHigh, incrementLow;
        bool holdsHalf;
        uint half;

        /// <summary>Seeds the stream.</summary>
        /// <param name="entropy">Whole numbers, 0 or more, such as seed and index.</param>
        public NumpyRandom(params long[] entropy)
        {
            ulong[] seeds = SeedSequence.Generate(entropy, 4);
            incrementHigh = (seeds[2] << 1) | (seeds[3] >> 63);
            incrementLow = (seeds[3] << 1) | 1UL;
            Step();
            Add(seeds[0], seeds[1]);
            Step();
        }

        /// <summary>The next 64 random bits.</summary>
        public ulong NextUInt64()
        {
            Step();
            ulong mixed = high ^ low;
            int turn = (int)(high >> 58);
            return (mixed >> turn) | (mixed << ((64 - turn) & 63));
        }

        /// <summary>A number in [0, 1) with 53 random bits: one element of <c>rng.random</c>.</summary>
        public double NextDouble()
        {
            return (NextUInt64() >> 11) * (1.0 / 9007199254740992.0);
        }

        /// <summary>One element of <c>rng.uniform(low, high)</c>.</summary>
        public double Uniform(double from, double to)
        {
            return from + (to - from) * NextDouble();
        }

        /// <summary>One element of <c>rng.integers(0, counts)</c>: 0 to count - 1.</summary>
        public int Below(int count)
        {
            if (count < 1)
            {
                throw new ArgumentOutOfRangeException(
                    "count", "got " + count + "; it must be 1 or more");
            }
            if (count == 1)
            {
                return 0;
            }
            // Lemire's method; the rejected low parts are those that would favour some values.
            uint range = (uint)count;
            ulong product = (ulong)NextUInt32() * range;
            uint rest = (uint)product;
            if (rest < range)
            {
                uint threshold = (uint)((0x100000000UL - range) % range);
                while (rest < threshold)
                {
                    product = (ulong)NextUInt32() * range;
                    rest = (uint)product;
                }
            }
            return (int)(product >> 32);
        }

        uint NextUInt32()
        {
            if (holdsHalf)
            {
                holdsHalf = false;
                return half;
            }
            ulong next = NextUInt64();
            holdsHalf = true;
            half = (uint)(next >> 32);
            return (uint)next;
        }

        void Step()
        {
            ulong productHigh = MultiplyHigh(low, MultiplierLow);
            unchecked
            {
                productHigh += high * MultiplierLow + low * MultiplierHigh;
                low = low * MultiplierLow;
                high = productHigh;
            }
            Add(incrementHigh, incrementLow);
        }

        void Add(ulong addHigh, ulong addLow)
        {
            unchecked
            {
                ulong sum = low + addLow;
                high += addHigh + (sum < low ? 1UL : 0UL);
                low = sum;
            }
        }

        static ulong MultiplyHigh(ulong a, ulong b)
        {
            unchecked
            {
                ulong aLow = (uint)a, aHigh = a >> 32, bLow = (uint)b, bHigh = b >> 32;
                ulong middle = aHigh * bLow + ((aLow * bLow) >> 32);
                ulong other = aLow * bHigh + (uint)middle;
                return aHigh * bHigh + (middle >> 32) + (other >> 32);
            }
        }
    }
}
