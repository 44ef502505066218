// Writes the unit world normal in Unity's axes; 0 is the background.
// Built-in pipeline only: used as a replacement shader by Runtime/Capture/CaptureCamera.cs.
// URP and HDRP have no replacement shaders; there the capture gives pictures and landmarks only.
Shader "Hidden/Face2Param/Normals"
{
    Properties
    {
        _MainTex ("Texture", 2D) = "white" {}
        _Color ("Colour", Color) = (1, 1, 1, 1)
        _Cutoff ("Cutoff", Float) = 0.5
    }

    CGINCLUDE
    #include "Face2ParamPass.cginc"

    float4 Value(Surface i)
    {
        float3 normal = normalize(i.normal);
        // The back of a double-sided card has its normal turned round, as the picture shows it.
        normal *= dot(normal, _WorldSpaceCameraPos - i.world) < 0 ? -1 : 1;
        return float4(normal, 1);
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
