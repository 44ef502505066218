// Writes the class of each pixel (face2param's 19 parsing classes) as class / 255.
// Built-in pipeline only: used as a replacement shader by Runtime/Capture/CaptureCamera.cs.
// URP and HDRP have no replacement shaders; there the capture gives pictures and landmarks only.
Shader "Hidden/Face2Param/Labels"
{
    Properties
    {
        _MainTex ("Texture", 2D) = "white" {}
        _Color ("Colour", Color) = (1, 1, 1, 1)
        _Cutoff ("Cutoff", Float) = 0.5
    }

    CGINCLUDE
    #include "Face2ParamPass.cginc"

    // Set per renderer and material by FaceLabels; the map holds one class per texel instead.
    float _Face2ParamLabel;
    float _Face2ParamUseMap;
    sampler2D _Face2ParamLabelMap;

    float4 Value(Surface i)
    {
        float fromMap = tex2D(_Face2ParamLabelMap, i.uv).r;
        float label = _Face2ParamUseMap > 0.5 ? fromMap : _Face2ParamLabel / 255.0;
        return float4(label, label, label, 1);
    }

    float4 Opaque(Surface i) : SV_Target
    {
        return Value(i);
    }

    float4 Cutout(Surface i) : SV_Target
    {
        ClipCutout(i);
        return Value(i);
    }

    float4 Transparent(Surface i) : SV_Target
    {
        ClipTransparent(i);
        return Value(i);
    }
    ENDCG

    SubShader
    {
        Tags { "RenderType" = "Opaque" }
        Pass
        {
            Cull Off
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex SurfaceVertex
            #pragma fragment Opaque
            ENDCG
        }
    }

    SubShader
    {
        Tags { "RenderType" = "TransparentCutout" }
        Pass
        {
            Cull Off
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex SurfaceVertex
            #pragma fragment Cutout
            ENDCG
        }
    }

    SubShader
    {
        Tags { "RenderType" = "Transparent" }
        Pass
        {
            Cull Off
            ZWrite On
            CGPROGRAM
            #pragma target 3.0
            #pragma vertex SurfaceVertex
            #pragma fragment Transparent
            ENDCG
        }
    }
}
