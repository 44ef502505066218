using System;

namespace Face2Param
{
    /// <summary>Checks that mirror partners fit each other.</summary>
    internal static class Mirrors
    {
        public static void Check(CharacterSchema schema, ContinuousControl control)
        {
            int at = schema.ContinuousIndex(control.Mirror ?? control.Name);
            ContinuousControl partner = at < 0 ? null : schema.Continuous[at];
            CheckNames(schema, control, control.Mirror, partner, partner == null ? null : partner.Mirror);
            bool odd = control.Mirror == control.Name;
            if (partner.Default != (odd ? 1 - control.Default : control.Default))
                throw new SchemaException(Where(schema, control) + ": the default " + Decimals.Repr(control.Default) + " changes when mirrored");
        }

        public static void Check(CharacterSchema schema, NuisanceControl control)
        {
            int at = schema.NuisanceIndex(control.Mirror ?? control.Name);
            NuisanceControl partner = at < 0 ? null : schema.Nuisance[at];
            CheckNames(schema, control, control.Mirror, partner, partner == null ? null : partner.Mirror);
            double low = Math.Min(control.MirrorSign * control.Minimum, control.MirrorSign * control.Maximum);
            double high = Math.Max(control.MirrorSign * control.Minimum, control.MirrorSign * control.Maximum);
            if (low != partner.Minimum || high != partner.Maximum)
                throw new SchemaException(Where(schema, control) + ": the mirrored range [" + Decimals.Repr(low) + ", " + Decimals.Repr(high)
                    + "] is not that of '" + partner.Name + "', [" + Decimals.Repr(partner.Minimum) + ", " + Decimals.Repr(partner.Maximum) + "]");
        }

        private static void CheckNames(CharacterSchema schema, Control control, string mirror, Control partner, string partnersMirror)
        {
            if (partner == null) throw new SchemaException(Where(schema, control) + " names '" + mirror + "', which is no such control");
            if ((partnersMirror ?? partner.Name) != control.Name)
                throw new SchemaException(Where(schema, control) + " names '" + mirror + "', whose mirror is '" + partnersMirror + "'; partners must name each other");
        }

        private static string Where(CharacterSchema schema, Control control)
        {
            return "schema '" + schema.Name + "': '" + control.Name + "': field 'mirror'";
        }
    }
}
