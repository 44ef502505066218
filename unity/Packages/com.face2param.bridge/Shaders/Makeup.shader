// Paints one layer of makeup over a texture; three passes, used by Runtime/Makeup/MakeupComposer.cs.
// The maths is that of Runtime/Makeup/MakeupMath.cs and of engines/rigged/layers.py, in display
// (gamma) values. It is drawn with Graphics.Blit and works in the built-in pipeline, URP and HDRP.
Shader "Hidden/Face2Param/Makeup"
{
    Properties
    {
        _MainTex ("Below", 2D) = "white" {}
        _Mask ("Mask", 2D) = "white" {}
        _MaskIsGrey ("Grey is cover, not colour", Float) = 0
        _Paint ("Colour in display values", Vector) = (1, 1, 1, 1)
        _Amount ("Amount", Float) = 1
        _Mode ("0 normal, 1 multiply, 2 linear light", Float) = 0
        _Shift ("Hue, saturation, value", Vector) = (0, 0, 0, 0)
        _Place ("Offset x, y; cos and sin of the rotation over the scale", Vector) = (0, 0, 1, 0)
    }

    CGINCLUDE
    #include "UnityCG.cginc"

    sampler2D _MainTex;
    sampler2D _Mask;
    float _MaskIsGrey;
    float4 _Paint;
    float _Amount;
    float _Mode;
    float4 _Shift;
    float4 _Place;

    float3 ToDisplay(float3 colour)
    {
    #ifdef UNITY_COLORSPACE_GAMMA
        return colour;
    #else
        return float3(
            LinearToGammaSpaceExact(colour.r),
            LinearToGammaSpaceExact(colour.g),
            LinearToGammaSpaceExact(colour.b));
    #endif
    }

    float3 FromDisplay(float3 colour)
    {
    #ifdef UNITY_COLORSPACE_GAMMA
        return colour;
    #else
        return float3(
            GammaToLinearSpaceExact(colour.r),
            GammaToLinearSpaceExact(colour.g),
            GammaToLinearSpaceExact(colour.b));
    #endif
    }

    float Channel(float turn, float saturation, float value)
    {
        return value * (1 + saturation * (saturate(abs(frac(turn) * 6 - 3) - 1) - 1));
    }

    float3 ShiftHsv(float3 colour, float3 shift)
    {
        float most = max(colour.r, max(colour.g, colour.b));
        float range = most - min(colour.r, min(colour.g, colour.b));
        float divisor = max(range, 1e-10);
        float turn = 4 + (colour.r - colour.g) / divisor;
        turn = most == colour.g ? 2 + (colour.b - colour.r) / divisor : turn;
        turn = most == colour.r ? (colour.g - colour.b) / divisor : turn;
        turn = frac((range > 0 ? turn / 6 : 0) + shift.x);
        float saturation = saturate(range / max(most, 1e-10) + shift.y);
        float value = saturate(most + shift.z);
        return float3(
            Channel(turn + 1, saturation, value),
            Channel(turn + 2.0 / 3.0, saturation, value),
            Channel(turn + 1.0 / 3.0, saturation, value));
    }

    float4 Begin(v2f_img i) : SV_Target
    {
        float4 colour = tex2D(_MainTex, i.uv);
        return float4(ToDisplay(colour.rgb), colour.a);
    }

    float4 Layer(v2f_img i) : SV_Target
    {
        float4 below = tex2D(_MainTex, i.uv);
        // Textures have v = 0 at the bottom here, on top in the maths.
        float2 p = float2(i.uv.x, 1 - i.uv.y) - 0.5 - _Place.xy;
        float2 q = float2(_Place.z * p.x + _Place.w * p.y, _Place.z * p.y - _Place.w * p.x) + 0.5;
        float inside = all(q >= 0) && all(q <= 1) ? 1 : 0;
        float4 own = tex2D(_Mask, float2(q.x, 1 - q.y));
        own = _MaskIsGrey > 0.5 ? float4(1, 1, 1, own.r) : own;
        float3 paint = own.rgb * _Paint.rgb;
        paint = any(_Shift.xyz != 0) ? ShiftHsv(paint, _Shift.xyz) : paint;
        float3 change = paint - below.rgb;
        change = _Mode > 0.5 ? below.rgb * paint - below.rgb : change;
        change = _Mode > 1.5 ? 2 * paint - 1 : change;
        float cover = inside * saturate(_Amount * own.a);
        return float4(saturate(below.rgb + cover * change), below.a);
    }

    float4 End(v2f_img i) : SV_Target
    {
        float4 colour = tex2D(_MainTex, i.uv);
        return float4(FromDisplay(saturate(colour.rgb)), colour.a);
    }
    ENDCG

    SubShader
    {
        Cull Off
        ZWrite Off
        ZTest Always

        Pass
        {
            Name "BEGIN"
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex vert_img
            #pragma fragment Begin
            ENDCG
        }

        Pass
        {
            Name "LAYER"
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex vert_img
            #pragma fragment Layer
            ENDCG
        }

        Pass
        {
            Name "END"
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex vert_img
            #pragma fragment End
            ENDCG
        }
    }
}
