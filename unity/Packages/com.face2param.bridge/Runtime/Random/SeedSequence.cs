using System;
using System.Collections.Generic;

namespace Face2Param
{
    /// <summary>NumPy's SeedSequence: mixes small whole numbers into well spread state.</summary>
    public static class SeedSequence
    {
        const int PoolSize = 4;

        /// <summary>What <c>SeedSequence(entropy).generate_state(count, uint64)</c> gives.</summary>
        /// <param name="entropy">Whole numbers, 0 or more.</param>
        /// <param name="count">How many words of 64 bits.</param>
        public static ulong[] Generate(long[] entropy, int count)
        {
            uint[] pool = Mix(Words(entropy));
            var state = new ulong[count];
            uint constant = 0x8b51f9ddu;
            for (int i = 0; i < 2 * count; i++)
            {
                unchecked
                {
                    uint word = pool[i % PoolSize] ^ constant;
                    constant *= 0x58f38dedu;
                    word *= constant;
                    word ^= word >> 16;
                    state[i / 2] |= (ulong)word << (32 * (i % 2));
                }
            }
            return state;
        }

        static List<uint> Words(long[] entropy)
        {
            var words = new List<uint>();
            foreach (long number in entropy)
            {
                if (number < 0)
                {
                    throw new ArgumentOutOfRangeException(
                        "entropy", "got " + number + "; it must be 0 or more");
                }
                words.Add((uint)number);
                if (number >> 32 != 0)
                {
                    words.Add((uint)(number >> 32));
                }
            }
            return words;
        }

        static uint[] Mix(List<uint> entropy)
        {
            var pool = new uint[PoolSize];
            uint constant = 0x43b0d7e5u;
            for (int i = 0; i < PoolSize; i++)
            {
                pool[i] = Hash(i < entropy.Count ? entropy[i] : 0u, ref constant);
            }
            for (int source = 0; source < PoolSize; source++)
            {
                for (int target = 0; target < PoolSize; target++)
                {
                    if (source != target)
                    {
                        pool[target] = Join(pool[target], Hash(pool[source], ref constant));
                    }
                }
            }
            for (int source = PoolSize; source < entropy.Count; source++)
            {
                for (int target = 0; target < PoolSize; target++)
                {
                    pool[target] = Join(pool[target], Hash(entropy[source], ref constant));
                }
            }
            return pool;
        }

        static uint Hash(uint value, ref uint constant)
        {
            unchecked
            {
                value ^= constant;
                constant *= 0x931e8875u;
                value *= constant;
                return value ^ (value >> 16);
            }
        }

        static uint Join(uint x, uint y)
        {
            unchecked
            {
                uint result = 0xca01f9ddu * x - 0x4973f715u * y;
                return result ^ (result >> 16);
            }
        }
    }
}
