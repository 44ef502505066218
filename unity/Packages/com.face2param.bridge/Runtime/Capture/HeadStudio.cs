using System;
using Face2Param.Link;
using UnityEngine;

namespace Face2Param
{
    /// <summary>
    /// A head before the fixed camera: gives pictures with what is known about them, to databases
    /// and to the link.
    /// </summary>
    public sealed class HeadStudio : IPictureSource, ILinkDrawer, IDisposable
    {
        readonly IPosedHead head;
        readonly FaceLabels labels;
        readonly CaptureCamera camera = new CaptureCamera();
        readonly BakedHead baked;

        /// <summary>Sets the camera up.</summary>
        /// <param name="head">In the open scene.</param>
        /// <param name="labels">Classes of its materials; null where nobody knows them.</param>
        /// <param name="shape">Body shape of picture names: 3 male, 4 female.</param>
        public HeadStudio(IPosedHead head, FaceLabels labels, int shape)
        {
            this.head = head;
            this.labels = labels;
            Shape = shape;
            var component = head as Component;
            baked = component == null ? null : new BakedHead(component);
            HeadView view = head.View;
            camera.Look(view.Position, view.Target, view.FieldOfView);
        }

        /// <summary>The camera.</summary>
        public CaptureCamera Camera
        {
            get { return camera; }
        }

        /// <summary>Whether head and camera are still in the open scene.</summary>
        public bool IsAlive
        {
            get
            {
                // Unity's objects compare as null after their scene was closed.
                var component = head as UnityEngine.Object;
                return camera.IsAlive && (ReferenceEquals(component, null) || component != null);
            }
        }

        /// <summary>Of the head.</summary>
        public CharacterSchema Schema
        {
            get { return head.Schema; }
        }

        /// <summary>Of the head.</summary>
        public string Version
        {
            get { return head.Version; }
        }

        /// <summary>3 male, 4 female.</summary>
        public int Shape { get; private set; }

        /// <summary>For people.</summary>
        public string EngineName
        {
            get { return Application.productName; }
        }

        /// <summary>Of the head.</summary>
        public string EngineVersion
        {
            get { return head.Version; }
        }

        /// <summary>Of the schema.</summary>
        public string SchemaHash
        {
            get { return head.Schema.Hash; }
        }

        /// <summary>As Python writes it.</summary>
        public string SchemaJson
        {
            get { return Face2Param.SchemaJson.ToText(head.Schema); }
        }

        /// <summary>Floats of an encoded character.</summary>
        public int EncodedLength
        {
            get { return head.Schema.Width; }
        }

        /// <summary>Floats of an expression and pose.</summary>
        public int NuisanceLength
        {
            get { return head.Schema.Nuisance.Count; }
        }

        /// <summary>What this head, this project and this graphics card can give.</summary>
        public LinkSections Sections
        {
            get
            {
                LinkSections sections = LinkSections.Image;
                sections |= head.HasLandmarks ? LinkSections.Landmarks : LinkSections.None;
                if (CaptureCamera.HasPasses)
                {
                    sections |= LinkSections.Depth | LinkSections.Normals;
                    sections |= labels != null && labels.IsWhole ? LinkSections.Labels : LinkSections.None;
                }
                return sections;
            }
        }

        /// <summary>Draws a record of a database.</summary>
        /// <exception cref="EngineException">The head has no landmarks, or no labels though they
        /// are asked for.</exception>
        public Shot Draw(Character character, float[] nuisance, DatabaseSettings settings)
        {
            RequireFor(settings);
            int size = settings.Size;
            var shot = new Shot();
            Taken(character, nuisance, () =>
            {
                shot.Jpeg = camera.Jpeg(
                    size, size, settings.Supersample, settings.JpegQuality);
                if (settings.Labels)
                {
                    shot.LabelsPng = camera.LabelsPng(size, size);
                }
                float[] space;
                Place(size, size, null, out shot.Landmarks, out space, out shot.Visibility);
            });
            return shot;
        }

        /// <summary>Refuses a database that this head cannot give, before the first picture.
        /// </summary>
        public void RequireFor(DatabaseSettings settings)
        {
            if (!head.HasLandmarks)
            {
                throw new EngineException(
                    "this head has no landmarks, which a database needs: let Python find them "
                    + "with face2param inspect_head and use the head file that it writes");
            }
            if (settings.Labels && (Sections & LinkSections.Labels) == 0)
            {
                throw new EngineException(
                    "this head cannot draw labels: its Face Labels know no nose, brows and lips "
                    + "(give the skin a map of classes), or the project uses a scriptable render "
                    + "pipeline. Generate without labels");
            }
        }

        /// <summary>Draws for the link; the same request gives the same bytes.</summary>
        public LinkPicture Draw(LinkRequest request)
        {
            var picture = new LinkPicture(request.Height, request.Width);
            Color own = camera.Background;
            if (request.Background != null)
            {
                float[] colour = request.Background;
                camera.Background = new Color(colour[0], colour[1], colour[2]);
            }
            try
            {
                Character character = head.Schema.Decode(request.Encoded).Clipped();
                Taken(character, request.Nuisance, () => Fill(picture, request));
            }
            finally
            {
                camera.Background = own;
            }
            return picture;
        }

        /// <summary>Puts a character on the head.</summary>
        public void Show(float[] encoded, float[] nuisance)
        {
            Apply(head.Schema.Decode(encoded).Clipped(), nuisance);
        }

        /// <summary>Shows a character and draws it; the caller destroys the texture.</summary>
        public Texture2D Picture(Character character, float[] nuisance, int size, int supersample)
        {
            Texture2D picture = null;
            Taken(character, nuisance, () => picture = camera.Picture(size, size, supersample));
            return picture;
        }

        /// <summary>Removes the camera; the head stays.</summary>
        public void Dispose()
        {
            camera.Dispose();
            if (baked != null)
            {
                baked.Dispose();
            }
        }

        // Shows a character and takes pictures of it as it stands now.
        void Taken(Character character, float[] nuisance, Action take)
        {
            Apply(character, nuisance);
            if (baked == null)
            {
                take();
                return;
            }
            try
            {
                baked.Show();
                take();
            }
            finally
            {
                baked.Hide();
            }
        }

        void Fill(LinkPicture picture, LinkRequest request)
        {
            int width = request.Width, height = request.Height;
            LinkSections wanted = request.Wanted & Sections;
            if ((wanted & LinkSections.Image) != 0)
            {
                picture.SetImage(camera.Rgb(width, height, request.Supersample));
            }
            if ((wanted & LinkSections.Labels) != 0)
            {
                picture.SetLabels(camera.Labels(width, height));
            }
            float[] depth = null;
            if ((wanted & LinkSections.Depth) != 0)
            {
                depth = camera.Depth(width, height);
                picture.SetDepth(depth);
            }
            if ((wanted & LinkSections.Normals) != 0)
            {
                picture.SetNormals(camera.Normals(width, height));
            }
            if ((wanted & LinkSections.Landmarks) != 0)
            {
                float[] flat, space;
                bool[] seen;
                Place(width, height, depth, out flat, out space, out seen);
                picture.SetLandmarks(flat, space, seen);
            }
        }

        void Apply(Character character, float[] nuisance)
        {
            head.Apply(character, nuisance);
            if (labels != null)
            {
                labels.Apply();
            }
        }

        void Place(
            int width, int height, float[] depth, out float[] flat, out float[] space,
            out bool[] seen)
        {
            if (depth == null && CaptureCamera.HasPasses)
            {
                depth = camera.Depth(width, height);
            }
            Pinhole view = camera.View(width, height);
            Vector3[] points = head.Landmarks();
            flat = new float[2 * Shot.Points];
            space = new float[3 * Shot.Points];
            seen = new bool[Shot.Points];
            for (int i = 0; i < Shot.Points; i++)
            {
                Vector3 projected = view.Project(points[i]);
                flat[2 * i] = projected.x;
                flat[2 * i + 1] = projected.y;
                // Right-handed: +x to the viewer's right.
                space[3 * i] = -points[i].x;
                space[3 * i + 1] = points[i].y;
                space[3 * i + 2] = points[i].z;
                seen[i] = view.IsVisible(projected, depth);
            }
        }
    }
}
